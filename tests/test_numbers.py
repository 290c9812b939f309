"""Numbers by exact value with their places, and the tokens that carry them."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.numbers import chinese_value, numbers, plain
from index.tokens import tokens

_DIGITS = "零一二三四五六七八九"


def _written(text: str) -> list[str]:
    return [plain(n.value) + n.percent for n in numbers(text)]


def chinese(value: int) -> str:
    """An independent writer of Chinese numerals, up to 9999 亿."""
    if value >= 10**8:
        rest = value % 10**8
        return chinese(value // 10**8) + "亿" + (("零" if rest < 10**7 else "") + chinese(rest) if rest else "")
    if value >= 10**4:
        rest = value % 10**4
        return chinese(value // 10**4) + "万" + (("零" if rest < 10**3 else "") + chinese(rest) if rest else "")
    text, gap = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // power % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + name
        gap = not digit
    return text


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("给予400元/千瓦的补贴", ["400"]),
        ("0.5万辆", ["5000"]),
        ("8000万元", ["80000000"]),
        ("2.5亿元", ["250000000"]),
        ("1.2万亿元", ["1200000000000"]),
        ("140,000元", ["140000"]),
        ("10,000 yuan", ["10000"]),
        ("80 million yuan", ["80000000"]),
        ("1.5 Billion", ["1500000000"]),
        ("35%", ["35%"]),
        ("35 percent", ["35%"]),
        ("3‰", ["3‰"]),
        ("百分之三十五", ["35%"]),
        ("5千瓦", ["5"]),
        ("3千米", ["3"]),
        ("5千元", ["5000"]),
        ("350kW", ["350"]),
        ("三十个工作日", ["30"]),
        ("三千五百万元", ["35000000"]),
        ("1万2千", ["12000"]),
        ("二〇三五年", ["2035"]),
        ("二○三五年", ["2035"]),
        ("两万五千户", ["25000"]),
        ("达30辆、50辆,分别给予300万元、500万元", ["30", "50", "3000000", "5000000"]),
        ("2022年9月5日", ["2022", "9", "5"]),
        ("\uff15\uff10\uff05", ["50%"]),
        ("一次性统一第三方", []),
        ("“十四五”规划", []),
        ("一、总体要求", []),
        ("进一步推动", []),
        ("", []),
    ],
)
def test_numbers_by_value(text: str, values: list[str]) -> None:
    assert _written(text) == values


@given(st.integers(1, 10**12 - 1))
def test_chinese_numerals_come_back(value: int) -> None:
    assert chinese_value(chinese(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一亿二千万", 120_000_000),
        ("三十二亿五千万", 3_250_000_000),
        ("十", 10),
        ("一百零五", 105),
        ("二〇三五", 2035),
        ("一万亿", 10**12),
        ("亿", None),
        ("万", None),
    ],
)
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert chinese_value(text) == value


@given(st.integers(0, 10**12), st.integers(0, 3), st.booleans())
def test_digits_come_back_plain_and_grouped(value: int, places: int, grouped: bool) -> None:
    exact = Decimal(value).scaleb(-places)
    (found,) = numbers(f"补贴{exact:,f}元" if grouped else f"补贴{exact:f}元")
    assert (found.value, found.percent) == (exact, "")
    assert Decimal(plain(exact)) == exact and "E" not in plain(exact)


@given(st.text(alphabet="0123456789.,%‰ 万亿千百十一二三零〇两百分之元个kWmillion%1", max_size=40))
def test_a_number_knows_where_it_stands(text: str) -> None:
    found = list(numbers(text))
    assert all(text[n.start : n.end] == n.written for n in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("value", "text"), [("140000", "140000"), ("0.50", "0.5"), ("1E+5", "100000"), ("-0", "0"), ("0", "0")]
)
def test_plain(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("充电桩", {"充", "电", "桩", "充电", "电桩"}),
        ("0.5万辆", {"=5000", "辆"}),
        ("35%", {"=35%"}),
        ("eVTOL", {"evtol"}),
        ("渝府发〔2022〕38号", {"渝府", "府发", "=2022", "=38", "号"}),
        ("“满天星”行动", {"满天", "天星", "星行"}),
        ("400 yuan per kW", {"=400", "yuan", "per", "kw"}),
    ],
)
def test_tokens(text: str, expected: set[str]) -> None:
    assert expected <= set(tokens(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.5万辆", "5000辆"),
        ("八千万元", "8000万元"),
        ("80 million", "8000万"),
        ("百分之三十", "30%"),
        ("\uff13\uff10\uff05", "30%"),
        ("1,000元", "1000元"),
    ],
)
def test_the_same_number_is_the_same_token(one: str, other: str) -> None:
    assert {t for t in tokens(one) if t.startswith("=")} == {t for t in tokens(other) if t.startswith("=")} != set()
