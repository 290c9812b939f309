"""What is measured and counted: a question for hectares is not answered by a text that knows kilowatts only."""

import re
from collections.abc import Sequence

from assistant.evidence import Evidence
from assistant.quantities import quantities
from assistant.questions import asks_support
from index.asked import holds, kinds
from index.fold import fold
from index.numbers import numbers


def unmeasured(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a question asks for a number of something that the evidence does not measure, count, pay by or list."""
    tests = (
        _otherwise_measured,
        _uncounted,
        _without_number,
        _by_other_unit,
        _too_few,
        _of_a_fund,
        _unlisted,
        _unpriced,
    )
    return any(test(question, evidence) for test in tests)


def _otherwise_measured(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks how many of a measure (多少平方公里, how many hectares), and the evidence measures nothing so."""
    asked = _MEASURED.search(fold(question))
    unit = next((q.unit for q in quantities(f"1{asked[1] or ' ' + (asked[2] or asked[3])}")), "") if asked else ""
    return bool(unit) and not any(q.unit == unit for e in evidence for q in quantities(e.passage.text))


def _by_other_unit(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks for a rate by a measure (per kWh, 每公斤), and all rates of the evidence are by others."""
    asked = _RATE.search(fold(question))
    if not asked:
        return False
    per = "名" if asked[3] else next((q.unit for q in quantities(f"1{asked[1] or ' ' + asked[2]}")), "")
    rates = {q.per for e in evidence for q in quantities(e.passage.text) if q.per and q.unit == "元"}
    money = bool(rates) or asks_support(question) or any(kind in _PAID for kind in kinds(question))
    return bool(per) and money and per not in rates


def _uncounted(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks how many of a thing that Chinese counts by a word (多少家, 多少项), and no passage counts so."""
    if asked := _COUNTS.search(fold(question)):
        word = asked[1] or asked[2]
        words = next((group for group in _COUNTED if word in group), word)
    elif asked := _HOW_MANY.search(question):
        if asked[1].lower() == "jobs":
            return not any(_JOBS.search(e.passage.text) for e in evidence)
        words = _COUNTED_EN[asked[1].lower()]
    else:
        return False
    counted = re.compile(rf"[\d一二两三四五六七八九十百千万亿余多]\s*(?:以上)?(?:[{words}]|\(?$)")
    return not any(
        counted.search(fold(e.passage.text))
        or (e.passage.kind in ("row", "raw row") and re.search(r"\d", _ROW_NUMBER.sub("", e.passage.text)))
        for e in evidence
    )


def _without_number(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks how many there are of something, and the evidence holds no number at all."""
    return bool(re.search(r"\bhow many (?!years|months|weeks|days|working|hours|minutes)", question, re.I)) and not any(
        holds("count", e.passage.text) for e in evidence
    )


def _too_few(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks which ten things (哪十种), and no passage lists that many."""
    asked = _WHICH.search(fold(question))
    number = next((n.value for n in numbers(f"{asked[1]}个" if asked[1] else asked[3])), 0) if asked else 0
    sentences = (part for e in evidence for part in fold(e.passage.text).split("。"))
    listed = max(1 + len(re.findall(r"[、;]|和|及|\n", part)) for part in sentences)
    return number > 2 and listed < number


def _of_a_fund(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks what each project or firm gets, and the evidence tells only how large a fund is."""
    text = fold(evidence[0].passage.text)
    money = [q.start for q in quantities(text) if q.unit == "元"]
    return bool(_EACH.search(question)) and bool(money) and all(_FUND.search(text[:at]) for at in money)


def _unlisted(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks for an item by its number (第110项), and the passage does not bear that number."""
    text = fold(evidence[0].passage.text)
    return any(not re.search(rf"(?<!\d){number}(?!\d)", text) for number in map("".join, _ITEM.findall(fold(question))))


def _unpriced(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the question asks for a fee, a price, a rent, a wage or a deposit, and no passage has a word for it."""
    sorts = {_PRICE_ZH[m[1].lower()] for m in _PRICE.finditer(question)}
    sorts |= {m[1] or m[2] for m in _CHARGE.finditer(fold(question))}
    said = " ".join(e.passage.text for e in evidence)
    return any(not re.search(sort, said) for sort in sorts)


_PRICE = re.compile(
    r"\b(?:what|refund|reimburse|cover|waive) (?:[a-z-]+ (?:or )?){0,4}?(fee|price|rent|wage|salary|salarie|deposit)s?\b(?! tag)",
    re.I,
)
_SORT = "(?:管理|手续|报名|检验|检测|服务|中介|咨询|培训|停车|物业|评审|审核|工本|登记|注册|起降|着陆|评估|加盟|入会)费|押金|保证金|工资|月薪|年薪|房租|房价|票价"
_CHARGE = re.compile(
    rf"({_SORT})(?:一?般?大?概?是?要?收?交?有?发?)(?:多少|几)|(?:多少|几)(?:钱|元)?的?[\u4e00-\u9fff]{{0,4}}?({_SORT})"
)
_PRICE_ZH = {
    "fee": "(?<![消经])费",
    "price": "价",
    "rent": "租",
    "wage": "工资|薪",
    "salary": "工资|薪",
    "salarie": "工资|薪",
    "deposit": "押金|保证金|定金",
}
_ROW_NUMBER = re.compile(r"序号: \d+|20\d\d年")
_ITEM = re.compile(
    r"第 ?(\d{1,3}) ?(?:项|条|号|位)|\b(?:item|row|entry|number|no\.) ?(\d{1,3})\b(?! ?(?:million|billion|%|yuan|of))",
    re.I,
)
_EACH = re.compile(
    r"单个|单项|每[个家项笔支]|一[个家支](?:项目|企业|团队)|\b(?:per|each|a single|one|any one|every) (?:project|deal|company|firm|start-?up|team|enterprise|business|applicant|recipient)",
    re.I,
)
_FUND = re.compile(r"(?:设立|组建|总?规模|总额|募集)[^,。;]{0,12}$")
_PAID = ("yuan", "amount")
_MEASURED = re.compile(
    r"(?:多少|几)(?:万|亿|千|百)?(平方公里|平方米|公里|公顷|亩|吨|千瓦时|千瓦|公斤|米)|how many (square [a-z]+|hectares|mu|kilomet\w+|met(?:re|er)s|tonnes|tons|kilowatts|kw|kg)\b|\bhow (?:long|high|wide|deep|tall|big|large|heavy)(?: (?:in|\w+))? in (square [a-z]+|hectares|mu|kilomet\w+|met(?:re|er)s|tonnes|tons)\b",
    re.I,
)
_COUNTS = re.compile(
    r"多少(?:万|亿|千|百)?([家户个项件条名人次辆台座站支批张种类款栋间])(?![以之]内|(?<=支)[持出付撑援])|(?<![哪好十前后这那各第])几([栋幢间辆台亩座])"
)
_HOW_MANY = re.compile(
    r"how many (?:[a-z-]+ ){0,3}?(people|persons|staff|employees|workers|teachers|doctors|jobs|beds|rooms)\b", re.I
)
_COUNTED_EN = dict.fromkeys(("people", "persons", "staff", "employees", "workers", "teachers", "doctors"), "名人位") | {
    "beds": "张床",
    "rooms": "间",
}
_JOBS = re.compile(r"岗位|就业|从业|用工")
_COUNTED = ("家户个", "项个件条", "个项座站处名人种类", "名人个", "辆台", "座站个")  # words that count the same things
_RATE = re.compile(
    r"(?:每|一)(千瓦时|度电?(?!假)|千瓦|公斤|千克|平方米?|平米|亩|吨|公里)|\bper (kwh|kw|kg|kilogram\w*|kilowatt[ -]hours?|kilowatts?|square met\w+|mu|tonne|ton|km|kilomet\w+)\b|\b(?:per|for (?:each|every)) (?:new |newly hired )?(worker|employee)\b",
    re.I,
)
_WHICH = re.compile(
    r"哪([三四五六七八九十\d]+)(种|个|家|项|类|大|条|款|座|味|处|方面)|\bwhich (three|four|five|six|seven|eight|nine|ten|\d{1,2})\b",
    re.I,
)
