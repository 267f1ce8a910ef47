"""Korean for the English reasons and notes that come with the facts.

A row is a pattern and its Korean; what a pattern catches is put in unchanged. A sentence that no
row knows stays English: better a foreign sentence than a lost one.
"""

from __future__ import annotations

import re

PHRASES: list[tuple[str, str]] = [
    # --- scores ---
    ("undefined: no rows", "정의되지 않음: 행 없음"),
    ("undefined: no positives", "정의되지 않음: 양성 행 없음"),
    ("undefined: no negatives", "정의되지 않음: 음성 행 없음"),
    ("undefined: no predicted positives", "정의되지 않음: 양성으로 답한 행 없음"),
    ("undefined: all true values are equal", "정의되지 않음: 실제 값이 모두 같음"),
    (r"without (.+)", r"\1 제외"),
    ("stopped before it converged", "수렴하기 전에 멈춤"),
    (r"not fitted: (.+)", r"학습하지 못함: \1"),
    # --- how the table was read ---
    (r"encoding (\S+)", r"인코딩 \1"),
    ("records in JSON", "JSON 레코드"),
    ("a Parquet file: columns keep their types", "Parquet 파일: 열의 자료형 유지"),
    ("separated by comma", "쉼표로 구분"),
    ("separated by tab", "탭으로 구분"),
    ("separated by semicolon", "세미콜론으로 구분"),
    ("separated by bar", "세로줄(|)로 구분"),
    (r"separated by (.+)", r"\1(으)로 구분"),
    ("one column: nothing separates cells", "구분 문자 없음: 열 하나"),
    ("quotation marks are part of the text", "따옴표는 내용의 일부로 읽음"),
    ("the first row holds the names", "첫 행은 열 이름"),
    ("no row holds names: columns are numbered", "열 이름 행이 없어 번호를 붙임"),
    (r"columns without a name were given one: (.+)", r"이름 없는 열에 이름을 붙임: \1"),
    ("every row ends in a separator", "모든 행이 구분 문자로 끝남"),
    (
        "the first row lacks one name: taken for that of the first column",
        "첫 행에 이름이 하나 모자라 첫 열의 이름이 빠진 것으로 봄",
    ),
    (
        r"([\d,]+) of ([\d,]+) rows left out, not of (\d+) cells: .+",
        r"칸이 \3개가 아닌 행 \1개 제외(전체 \2개)",
    ),
    ("no target", "예측 대상 값 없음"),
    (r"fewer than ([\d,]+) earlier values", r"앞선 값이 \1개보다 적음"),
    # --- pictures ---
    (
        r"pictures fitted into ([\d,]+) × ([\d,]+) pixels, in colour",
        r"그림을 \1 × \2 픽셀에 맞춤, 색 있음",
    ),
    (
        r"pictures fitted into ([\d,]+) × ([\d,]+) pixels, in shades of gray",
        r"그림을 \1 × \2 픽셀에 맞춤, 흑백",
    ),
    (r"cannot be read \((.+)\)", r"읽을 수 없음(\1)"),
    (r"a folder for each of ([\d,]+) classes", r"클래스 \1개마다 폴더 하나"),
    (r"([\d,]+) classes of (\w+)", r"\2의 클래스 \1개"),
    # --- kinds of columns ---
    (r"([-\d.e+]+) – ([-\d.e+]+), median ([-\d.e+]+)", r"\1 – \2, 중앙값 \3"),
    ("all cells are empty", "모든 칸이 비어 있음"),
    (r"(.+) in all rows", r"모든 행이 \1"),
    (r"(.+) or nothing", r"\1 또는 빈칸"),
    ("true or false", "참 또는 거짓"),
    ("dates, as they came", "원래 날짜 자료형"),
    (r"dates as (.+)", r"\1 형식의 날짜"),
    (r"([\d,]+) cells? (?:is|are) none: (.+)", r"맞지 않는 칸 \1개: \2"),
    (
        "digits, different in every row: they name rows",
        "행마다 다른 숫자열이라 행의 이름으로 봄",
    ),
    (
        "digits with leading zeros: codes, not amounts",
        "0으로 시작하는 숫자: 양이 아니라 코드",
    ),
    (r"whole numbers, ([\d,]+) distinct", r"정수, 서로 다른 값 \1개"),
    (r"numbers, ([\d,]+) distinct", r"숫자, 서로 다른 값 \1개"),
    (r"numbers, ([\d,]+) distinct, with decimal commas", r"소수점이 쉼표인 숫자, 값 \1개"),
    (r"(?:whole )?numbers, ([\d,]+) distinct of (.+)", r"\2 단위 숫자, 값 \1개"),
    ("counts the rows", "행 번호"),
    ("counts the rows, but there is nothing else", "행 번호이지만 다른 열이 없어 사용"),
    (r"([\d,]+) codes by the column's name, not amounts", r"열 이름으로 보아 코드, 값 \1개"),
    (
        r"([\d,]+) distinct numbers in ([\d,]+) rows, and its name: they name rows",
        r"열 이름과 값(\2개 행에 \1개)으로 보아 행의 이름",
    ),
    (
        r"([\d,]+) numbers by which its name says things are called",
        r"열 이름으로 보아 대상을 가리키는 번호, 값 \1개",
    ),
    (r"([\d,]+) words on average", r"평균 단어 \1개"),
    ("a different word in every row: they name rows", "행마다 다른 말이라 행의 이름으로 봄"),
    (
        r"([\d,]+) distinct words, and its name: they name rows",
        r"열 이름과 서로 다른 값 \1개로 보아 행의 이름",
    ),
    (r"short texts, ([\d,]+) distinct in ([\d,]+) rows", r"짧은 글, \2개 행에 \1가지"),
    (r"([\d,]+) distinct words?", r"서로 다른 값 \1개"),
    (r"(.+) means? nothing here", r"\1: 빈칸을 뜻함"),
    (r"empty in ([\d,]+) of ([\d,]+) rows", r"\2개 행 중 \1개가 비어 있음"),
    ("asked for", "사용자 지정"),
    (
        "the value before, to which the network adds its answer",
        "직전 값, 신경망의 답을 여기에 더함",
    ),
    (r"its change over ([\d,]+) steps?", r"\1단계 동안의 변화"),
    (r"its change in logarithms over ([\d,]+) steps?", r"\1단계 동안의 로그 변화"),
    ("its logarithm is learned, as swings grow with it", "값이 클수록 변동도 커서 로그를 학습"),
    (r"asked for as (\w+), but all cells are empty", "사용자 지정이지만 모든 칸이 비어 있음"),
    # --- the task ---
    (r"asked for: task '(\w+)'", r"사용자 지정(\1)"),
    (r"([\d,]+) distinct codes with leading zeros", r"0으로 시작하는 코드 \1개"),
    ("only 2 distinct numbers", "숫자가 두 가지뿐"),
    (r"numbers with fractions, ([\d,]+) distinct", r"소수가 있는 숫자, 값 \1개"),
    (
        r"whole numbers, ([\d,]+) distinct in only ([\d,]+) rows",
        r"정수, 겨우 \2개 행에 값 \1개",
    ),
    (r"([\d,]+) distinct whole numbers", r"서로 다른 정수 \1개"),
    (
        "if they measure or count something, say --task regression",
        "양이나 개수라면 --task regression을 지정",
    ),
    (r"(\d+) rare ones became (.+)", r"드문 클래스 \1개를 \2(으)로 묶음"),
    (r"(.+) is the positive class", r"\1이(가) 양성 클래스"),
    (
        r"careful: (.+) differ in upper and lower case only",
        r"주의: \1의 차이는 대소문자뿐",
    ),
    (r"(\d+) columns of yes and no", r"예/아니요 열 \1개"),
    # --- the split ---
    (
        r"([\d,]+) training, ([\d,]+) validation, ([\d,]+) test rows",
        r"학습 \1개, 검증 \2개, 테스트 \3개 행",
    ),
    (
        r"rows drawn at random, every range of the target in equal shares",
        "예측 대상 값의 분포가 같도록 무작위로 나눔",
    ),
    (r"rows drawn at random, every class in equal shares", "클래스 비율이 같도록 무작위로 나눔"),
    ("rows drawn at random", "무작위로 나눔"),
    (r"([\d,]+) groups, each in one part only", r"그룹 \1개를 각각 한 부분에만 둠"),
    (
        r"rows with equal inputs stay in one part \(([\d,]+) repeat another one\)",
        r"입력이 같은 중복 행 \1개는 같은 부분에 둠",
    ),
    (
        r"careful: so many rows are equal \(([\d,]+) of them\) that .+",
        r"주의: 중복 행이 \1개로 너무 많아 한 부분에 모으지 못함. 점수가 부풀려졌을 수 있음",
    ),
    (
        "in order of time: the earliest rows train, the latest test",
        "시간 순서: 이른 행은 학습, 늦은 행은 테스트",
    ),
    (
        r"(.+) is different in every row and evenly spaced: a series, of which "
        r"the ([\d,]+) earlier values of (.+) are columns, too",
        r"\1 열이 행마다 다르고 간격이 고른 시계열이라 \3의 앞선 값 \2개도 열로 사용",
    ),
    (
        r"(.+) is different in every row: a series, of which "
        r"the ([\d,]+) earlier values of (.+) are columns, too",
        r"\1 열이 행마다 다른 시계열이라 \3의 앞선 값 \2개도 열로 사용",
    ),
    (r"([\d,]+) rows without a time train", r"시간이 없는 \1개 행은 학습에 사용"),
    (r"no (\w+) row has the class (.+)", r"\1 행에 없는 클래스: \2"),
    (
        "no folds: outside the test part there is only one block of rows",
        "나눌 행 묶음이 하나뿐이라 교차 검증을 하지 않음",
    ),
    (
        r"(\d+) folds of the ([\d,]+) rows outside the test part",
        r"테스트를 뺀 \2개 행을 \1겹으로 나눔",
    ),
    (
        "no folds: all members learn the vectors of texts together",
        "글의 벡터를 모든 구성원이 함께 학습하므로 교차 검증을 하지 않음",
    ),
    # --- which network ---
    (
        r"a linear network: (\S+) (\S+) on held-out rows",
        r"선형 신경망: 학습에 쓰지 않은 행에서 \1 \2",
    ),
    (
        r"hidden layers: (\S+) (\S+) on held-out rows",
        r"은닉층이 있는 신경망: 학습에 쓰지 않은 행에서 \1 \2",
    ),
    (
        r"hidden layers, labels not smoothed: (\S+) (\S+) on held-out rows",
        r"은닉층이 있고 레이블을 평활화하지 않은 신경망: 학습에 쓰지 않은 행에서 \1 \2",
    ),
    (r"a linear network: (\S+)", r"선형 신경망: \1"),
    (r"hidden layers: (\S+)", r"은닉층이 있는 신경망: \1"),
    (
        r"hidden layers, labels not smoothed: (\S+)",
        r"은닉층이 있고 레이블을 평활화하지 않은 신경망: \1",
    ),
    # --- test rows ---
    ("the test rows were given apart", "테스트 행은 따로 주어짐"),
]

_COMPILED = [(re.compile(pattern, re.DOTALL), korean) for pattern, korean in PHRASES]


def translated(sentence: str) -> str:
    """An English sentence in Korean, if a row knows it.

    Args:
        sentence: a reason or a note; parts of it may be set apart by semicolons.
    Returns:
        Korean; a part that no row knows stays as it was.
    Example:
        >>> translated("undefined: no positives"), translated("2 distinct words; something else")
        ('정의되지 않음: 양성 행 없음', '서로 다른 값 2개; something else')
    """
    return "; ".join(_found(part) or part for part in sentence.split("; "))


def _found(sentence: str) -> str | None:
    """What the first row that fits the whole of a sentence makes of it."""
    for pattern, korean in _COMPILED:
        found = pattern.fullmatch(sentence)
        if found:
            return found.expand(korean)
    return None
