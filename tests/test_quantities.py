"""Quantities and bounds: exact values with units, as documents grant them and askers state them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.quantities import bounds, in_chinese, in_english, quantities
from index.numbers import numbers, plain


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def _read(text: str) -> list[str]:
    return [f"{plain(q.value)}{q.unit}" + (f"/{q.per}" if q.per else "") for q in quantities(text)]


def _bounds(text: str) -> list[str]:
    return [f"{b.relation}{plain(b.quantity.value)}{b.quantity.unit}" for b in bounds(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予400元/千瓦的一次性建设补贴", ["400元/千瓦"]),
        ("300元每千瓦", ["300元/千瓦"]),
        ("1万元/辆", ["10000元/辆"]),
        ("400 yuan per kW", ["400元/千瓦"]),
        ("28 yuan a kg", ["28元/千克"]),
        ("每件最高2万元", ["20000元/件"]),
        ("每人500元", ["500元/名"]),
        ("分别按每人每月3000元、1500元给予补贴", ["3000元/名·月", "1500元/名·月"]),
        ("每平方米每月12元", ["12元/平方米·月"]),
        ("每年每人500元", ["500元/名·年"]),
        ("350kW", ["350千瓦"]),
        ("３５０ｋＷ", ["350千瓦"]),
        ("a 120-kW charger", ["120千瓦"]),
        ("2 MW", ["2000千瓦"]),
        ("1.5兆瓦", ["1500千瓦"]),
        ("5 kWh", ["5千瓦时"]),
        ("RMB 80m", ["80000000元"]),
        ("a 5k yuan grant", ["5000元"]),
        ("180 million yuan last year and 300 million this year", ["180000000元", "300000000元"]),
        ("5 million visitors and 3 yuan", ["3元"]),
        ("300 million yuan, 120 million more than before", ["300000000元", "120000000元"]),
        ("the July 2022 car measures", []),
        ("2022 cars", ["2022辆"]),
        ("2000 kW for 2000 yuan", ["2000千瓦", "2000元"]),
        ("30辆、50辆", ["30辆", "50辆"]),
        ("1000万—3000万元", ["10000000元", "30000000元"]),
        ("10至20家", ["10家", "20家"]),
        ("5%—10%", ["5%", "10%"]),
        ("每年100万—500万元", ["1000000元/年", "5000000元/年"]),
        ("1.4%和3‰", ["1.4%", "3‰"]),
        ("百分之三十五", ["35%"]),
        ("三十个工作日", ["30工作日"]),
        ("两万五千户", ["25000户"]),
        ("企业26户", ["26家"]),
        ("居民3万户", ["30000户"]),
        ("绿色工厂300家", ["300个"]),
        ("一年卖了1万2千多台", ["12000台"]),
        ("purchases went from 120m to 150m yuan", ["120000000元", "150000000元"]),
        ("总投3000万的话", ["30000000元"]),
        ("两家企业", ["2家"]),
        ("0.5万辆", ["5000辆"]),
        ("6350万人次", ["63500000人次"]),
        ("一年结算量估计60亿", ["6000000000元"]),
        ("80 million yuan", ["80000000元"]),
        ("RMB 2.5 billion", ["2500000000元"]),
        ("¥3000", ["3000元"]),
        ("140,000元", ["140000元"]),
        ("3 swap stations", ["3站"]),
        ("80 battery-swap cars", ["80辆"]),
        ("20 working days", ["20工作日"]),
        ("2022年印发,3年内", ["3年"]),
        ("渝府发〔2022〕38号", []),
        ("按6∶4的比例", []),
        ("统一、一次性、第三方", []),
        ("", []),
        pytest.param("10、20家", ["10家", "20家"]),
        pytest.param("10~20万元", ["100000元", "200000元"]),
        pytest.param("5—10%", ["5%", "10%"]),
        pytest.param("between 10 and 20 kW", ["10千瓦", "20千瓦"]),
        pytest.param("two stations", ["2站"]),
        ("eight brand-new 120 kW fast chargers", ["8桩", "120千瓦"]),
        ("three 350kW superchargers", ["3桩", "350千瓦"]),
        ("paid RMB 40 million into small tech companies", ["40000000元"]),
        ("invest 50 in cars", []),
        ("两张三类证", ["2张"]),
    ],
)
def test_quantities_have_a_value_a_unit_and_a_basis(text: str, found: list[str]) -> None:
    assert _read(text) == found
    assert all(text[q.start : q.end] == q.written for q in quantities(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("单桩功率不低于350千瓦", ["≥350千瓦"]),
        ("不少于2家、不小于10家", ["≥2家", "≥10家"]),
        ("年产销量超过1万辆", [">10000辆"]),
        ("续航里程达到600公里", ["≥600公里"]),
        ("指导价低于(含)15万元", ["≤150000元"]),
        ("指导价高于(不含)15万元低于30万元(不含)", [">150000元", "<300000元"]),
        ("指导价高于(含)30万元", ["≥300000元"]),
        ("超过100万元(含)", ["≥1000000元"]),
        ("产值突破1000亿元", [">100000000000元"]),
        ("突破30项前沿关键核心技术", []),
        ("突破50项以上关键技术", ["≥50项"]),
        ("30座及以上", ["≥30座"]),
        ("50亿元以上", ["≥5000000000元"]),
        ("10人(含)以上", ["≥10名"]),
        ("10人及以下", ["≤10名"]),
        ("100人以内", ["≤100名"]),
        ("单站不超过300万元", ["≤3000000元"]),
        ("价格不高于25元/千克", ["≤25元"]),
        ("不足10家", ["<10家"]),
        ("at least 5 firms", ["≥5家"]),
        ("over 100 kW", [">100千瓦"]),
        ("no more than 3 stations", ["≤3站"]),
        ("under 30 kW", ["<30千瓦"]),
        ("共10家、400元/千瓦", []),
        pytest.param("不低于(含)5家", ["≥5家"]),
        pytest.param("未超过10家", ["≤10家"]),
        pytest.param("未达到10家", ["<10家"]),
        pytest.param("10人(不含)以上", [">10名"]),
        pytest.param("10人(不含)以下", ["<10名"]),
        pytest.param("≥350千瓦,≤500千瓦", ["≥350千瓦", "≤500千瓦"]),
        pytest.param("大于等于5千瓦", ["≥5千瓦"]),
        pytest.param("不到10家", ["<10家"]),
        pytest.param("350 kW or more", ["≥350千瓦"]),
    ],
)
def test_bounds_keep_their_sense(text: str, found: list[str]) -> None:
    assert _bounds(text) == found


@pytest.mark.parametrize(
    ("text", "value", "met"),
    [
        ("不低于350千瓦", 350, True),
        ("不低于350千瓦", 349, False),
        ("超过350千瓦", 350, False),
        ("350千瓦以下", 350, True),
        ("低于350千瓦", 350, False),
        ("低于(含)350千瓦", 350, True),
    ],
)
def test_a_value_on_the_limit(text: str, value: int, met: bool) -> None:
    assert [b.holds_for(Decimal(value)) for b in bounds(text)] == [met]


@pytest.mark.parametrize(
    ("value", "unit", "per", "english", "chinese"),
    [
        ("400", "元", "千瓦", "400 yuan per kW", "400元/千瓦"),
        ("140000", "元", None, "140,000 yuan", "14万元"),
        ("30000000", "元", None, "30 million yuan", "3000万元"),
        ("1500000000", "元", None, "1.5 billion yuan", "15亿元"),
        ("1234567", "元", None, "1,234,567 yuan", "123.4567万元"),
        ("0.5", "元", None, "0.5 yuan", "0.5元"),
        ("1", "站", None, "1 station", "1站"),
        ("3", "站", None, "3 stations", "3站"),
        ("35", "%", None, "35%", "35%"),
        ("0", "元", None, "0 yuan", "0元"),
    ],
)
def test_values_for_reading(value: str, unit: str, per: str | None, english: str, chinese: str) -> None:
    assert (in_english(Decimal(value), unit, per), in_chinese(Decimal(value), unit, per)) == (english, chinese)


_VALUES = st.decimals(min_value=0, max_value=10**15, places=3, allow_nan=False, allow_infinity=False)


@given(_VALUES, st.sampled_from(["元", "千瓦", "辆", "站", "%"]))
def test_nothing_is_ever_rounded(value: Decimal, unit: str) -> None:
    assert [n.value for n in numbers(in_english(value, unit))] == [value]
    assert [n.value for n in numbers(in_chinese(value, unit))] == [value]


@given(
    st.integers(1, 10**12),
    st.sampled_from(["元", "千瓦", "辆", "站", "吨", "亩"]),
    st.sampled_from([None, "千瓦", "辆", "站", "吨"]),
)
def test_what_is_written_is_read_again(value: int, unit: str, per: str | None) -> None:
    for text in (in_english(Decimal(value), unit, per), in_chinese(Decimal(value), unit, per)):
        assert [(q.value, q.unit, q.per) for q in quantities(text)] == [(value, unit, per)]


@given(st.text(alphabet="0123456789.,万亿元千瓦辆%—~、每/不低于超过以上下含() kWyuan", max_size=40))
def test_any_text_is_taken_and_offsets_are_its_own(text: str) -> None:
    assert all(text[q.start : q.end] == q.written for q in quantities(text))
    assert [b.quantity for b in bounds(text) if b.quantity not in list(quantities(text))] == []
