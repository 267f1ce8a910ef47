"""All that the page says, in English and Korean.

A row per text: its key, English, Korean. `{name}` is filled in; **stars** and `backticks` are set
by those texts that are shown through `markup.rich`.
"""

TEXTS: dict[str, tuple[str, str]] = {
    # --- the page ---
    "report_on": ("Model report", "모델 보고서"),
    "made": ("made {created}", "{created} 작성"),
    "contents": ("Contents", "차례"),
    "written_by": (
        "Written by Lamina. This page needs no network and runs no scripts.",
        "Lamina가 작성했습니다. 네트워크도 스크립트도 쓰지 않는 문서입니다.",
    ),
    # --- figures ---
    "accuracy": ("Accuracy", "정확도"),
    "balanced_accuracy": ("Balanced accuracy", "균형 정확도"),
    "label_accuracy": ("Accuracy per label", "레이블별 정확도"),
    "precision": ("Precision", "정밀도"),
    "recall": ("Recall", "재현율"),
    "f1": ("F1", "F1"),
    "auc": ("ROC AUC", "ROC AUC"),
    "average_precision": ("Average precision", "평균 정밀도(AP)"),
    "log_loss": ("Log loss", "로그 손실"),
    "brier": ("Brier score", "브라이어 점수"),
    "rmse": ("RMSE", "RMSE"),
    "mae": ("Mean absolute error", "평균 절대 오차"),
    "r2": ("R²", "R²"),
    "loss": ("Loss", "손실"),
    "support": ("Rows", "행 수"),
    # --- verdict ---
    "verdict_accuracy": (
        "On **{rows}** rows it had never seen, the model predicts `{target}` correctly "
        "**{value}** of the time{interval}{others}.",
        "처음 보는 **{rows}**개 행에서 모델은 `{target}` 값을 "
        "**{value}** 맞혔습니다{interval}.{others}",
    ),
    "verdict_rmse": (
        "On **{rows}** rows it had never seen, the model's predictions of `{target}` are typically "
        "off by **{value}**{interval}{others}.",
        "처음 보는 **{rows}**개 행에서 모델의 `{target}` 예측은 보통 **{value}**만큼 "
        "빗나갔습니다{interval}.{others}",
    ),
    "verdict_f1": (
        "On **{rows}** rows it had never seen, the model reaches a mean F1 of **{value}** over the "
        "labels of `{target}`{interval}{others}.",
        "처음 보는 **{rows}**개 행에서 모델은 `{target}` 레이블 평균 F1 "
        "**{value}**에 이르렀습니다{interval}.{others}",
    ),
    "verdict_undefined": (
        "How well the model predicts `{target}` cannot be said from {rows} test rows ({why}).",
        "테스트 행 {rows}개로는 모델이 `{target}` 값을 얼마나 잘 맞히는지 알 수 없습니다({why}).",
    ),
    "interval": (" (95% interval {low} to {high})", "(95% 구간 {low} ~ {high})"),
    "against": ("; {others}", " {others}입니다."),
    "and": (" and ", ", "),
    "part_majority": (
        "always answering “{answer}” reaches {value}",
        "늘 “{answer}”만 답하면 {value}",
    ),
    "part_mean": (
        "always answering {answer} would be off by {value}",
        "늘 {answer}만 답하면 {value}",
    ),
    "part_latest_value": (
        "taking the latest value again would be off by {value}",
        "직전 값을 그대로 쓰면 {value}",
    ),
    "part_logistic_regression": (
        "a logistic regression {value}",
        "로지스틱 회귀는 {value}",
    ),
    "part_ridge_regression": ("a ridge regression by {value}", "릿지 회귀는 {value}"),
    "judged_majority": (
        "**No better than always giving the same answer** ({value}, 95% interval {low} to {high}): "
        "the model has learned nothing that can be relied on.",
        "**늘 같은 답을 하는 것보다 낫다고 할 수 없습니다**(차이 {value}, "
        "95% 구간 {low} ~ {high}). 믿을 만한 것을 배우지 못했습니다.",
    ),
    "judged_latest_value": (
        "**No better than taking the latest value again** ({value}, 95% interval {low} to {high}): "
        "the model has learned nothing that can be relied on.",
        "**직전 값을 그대로 쓰는 것보다 낫다고 할 수 없습니다**(차이 {value}, "
        "95% 구간 {low} ~ {high}). 믿을 만한 것을 배우지 못했습니다.",
    ),
    "judged_better": (
        "**Better than the linear model** on the same rows by {value} "
        "(95% interval {low} to {high}).",
        "같은 행에서 **선형 모델보다 낫습니다**. 차이는 {value}입니다(95% 구간 {low} ~ {high}).",
    ),
    "judged_same": (
        "**Not clearly better than the linear model**: the difference of {value} may be chance "
        "(95% interval {low} to {high}).",
        "**선형 모델보다 뚜렷이 낫지는 않습니다**. {value} 차이는 우연일 수 있습니다"
        "(95% 구간 {low} ~ {high}).",
    ),
    "judged_equal": (
        "**Exactly as good as the linear model** on these rows.",
        "이 행들에서는 **선형 모델과 똑같습니다**.",
    ),
    "judged_worse": (
        "**Worse than the linear model** on the same rows: {value} (95% interval {low} to {high}).",
        "같은 행에서 **선형 모델보다 못합니다**. 차이는 {value}입니다(95% 구간 {low} ~ {high}).",
    ),
    "too_good": (
        "**The score is probably too good to be true:** see the warning below.",
        "**점수가 믿기 어려울 만큼 높을 수 있습니다.** 아래 경고를 먼저 읽으세요.",
    ),
    "points": ("{value} points", "{value}%p"),
    "the_model": ("This model", "이 모델"),
    "baseline_majority": ("Commonest class", "최다 클래스"),
    "baseline_mean": ("Mean", "평균값"),
    "baseline_latest_value": ("Latest value", "직전 값"),
    "baseline_logistic_regression": ("Logistic regression", "로지스틱 회귀"),
    "baseline_ridge_regression": ("Ridge regression", "릿지 회귀"),
    "comparison_higher": (
        "{figure} on the test rows, with 95% intervals. Further right is better.",
        "테스트 행의 {figure}와 95% 구간. 오른쪽일수록 좋습니다.",
    ),
    "comparison_lower": (
        "{figure} (root mean squared error) on the test rows, with 95% intervals. "
        "Further left is better.",
        "테스트 행의 {figure}(평균 제곱근 오차)와 95% 구간. 왼쪽일수록 좋습니다.",
    ),
    "from_to": ("{low} to {high}", "{low} ~ {high}"),
    # --- warnings ---
    "leakage": (
        "Column “{column}” alone predicts “{target}”",
        "“{column}” 열 하나만으로 “{target}” 값을 알 수 있습니다",
    ),
    "leakage_score": (
        "By itself it reaches: {metric} {score}.",
        "이 열만 써도 {metric} {score}에 이릅니다.",
    ),
    "leakage_why": (
        "It may be the answer under another name, or known only after the fact. If it will not be "
        "there when you need predictions, leave it out and train again.",
        "정답이 다른 이름으로 들어 있거나, 결과가 나온 뒤에야 알 수 있는 값일 수 있습니다. "
        "실제로 예측할 때 없을 값이라면 이 열을 빼고 다시 학습하세요.",
    ),
    "few_rows": (
        "Only {rows} test rows: the scores could have come out quite differently. "
        "Look at the intervals, not the single numbers.",
        "테스트 행이 {rows}개뿐이라 점수가 꽤 달라질 수 있습니다. 숫자 하나보다 구간을 보세요.",
    ),
    "baseline_note": ("About the linear baseline: {note}", "선형 기준 모델: {note}"),
    # --- data ---
    "data": ("Data and columns", "데이터와 열"),
    "data_lead": (
        "{rows} rows and {columns} columns were read from {source}. Each column was judged by its "
        "training rows only.",
        "{source}에서 {rows}개 행, {columns}개 열을 읽었습니다. "
        "각 열은 학습 행만 보고 판단했습니다.",
    ),
    "pictures": ("Pictures", "그림"),
    "pictures_lead": (
        "{rows} pictures were found in {source}. Their size and whether colours are read were "
        "decided by training pictures only.",
        "{source}에서 그림 {rows}개를 찾았습니다. "
        "크기와 색 사용 여부는 학습 그림만 보고 정했습니다.",
    ),
    "dropped": ("{rows} rows were left out: {reason}", "{rows}개 행 제외: {reason}"),
    "target_note": (
        "Target “{target}”: {task}, because {reason}",
        "예측 대상 “{target}”: {task} (근거: {reason})",
    ),
    "task_binary": ("one of two classes", "이진 분류"),
    "task_multiclass": ("one of several classes", "다중 분류"),
    "task_multilabel": ("any of several labels", "다중 레이블 분류"),
    "task_regression": ("a number", "회귀(수치 예측)"),
    "column": ("Column", "열"),
    "kind": ("Read as", "종류"),
    "reason": ("Why", "판단 근거"),
    "missing": ("Missing", "결측"),
    "values": ("Values", "값"),
    "kind_number": ("number", "숫자"),
    "kind_category": ("category", "범주"),
    "kind_date": ("date", "날짜"),
    "kind_text": ("text", "텍스트"),
    "kind_picture": ("picture", "그림"),
    "kind_ignored": ("not used", "사용 안 함"),
    # --- split ---
    "split": ("Split", "데이터 나누기"),
    "split_lead": (
        "The model learned from training rows; its settings were chosen on validation rows; test "
        "rows were looked at once, for the scores of this page.",
        "모델은 학습 행으로 배우고, 검증 행으로 설정을 골랐습니다. 테스트 행은 이 문서의 점수를 "
        "내려고 마지막에 한 번만 보았습니다.",
    ),
    "split_stratified": (
        "Rows were drawn at random with the same share of every class in each part (seed {seed}).",
        "각 부분의 클래스 비율이 같도록 무작위로 나누었습니다(시드 {seed}).",
    ),
    "split_random": (
        "Rows were drawn at random (seed {seed}).",
        "무작위로 나누었습니다(시드 {seed}).",
    ),
    "split_chronological": (
        "Rows were split by time (column “{by}”): the latest are test rows.",
        "시간 순서(“{by}” 열)대로 나누었고, 가장 나중 행이 테스트 행입니다.",
    ),
    "split_groups": (
        "Rows of one group (column “{by}”) are all in the same part (seed {seed}).",
        "같은 그룹(“{by}” 열)의 행은 모두 같은 부분에 두었습니다(시드 {seed}).",
    ),
    "train": ("Training", "학습"),
    "validation": ("Validation", "검증"),
    "test": ("Test", "테스트"),
    "class": ("Class", "클래스"),
    "folds": (
        "Cross-validation in **{count}** folds without the test rows: {figure} **{mean}** on "
        "average, {low} to {high}. These rows also chose when training stopped, so this leans a "
        "little to the good side.",
        "테스트 행을 뺀 **{count}**겹 교차 검증: {figure} 평균 **{mean}**, {low} ~ {high}. "
        "학습을 멈출 시점도 이 행들로 정했으므로 조금 좋게 나온 값입니다.",
    ),
    # --- network ---
    "network": ("Architecture", "신경망 구조"),
    "network_lead": (
        "Values flow from top to bottom. {parameters} weights were learned.",
        "값은 위에서 아래로 흐릅니다. 학습한 가중치는 {parameters}개입니다.",
    ),
    "network_chosen": ("Chosen: {reason}.", "선택: {reason}."),
    "network_label": (
        "Drawing of the network, {parameters} weights",
        "신경망 그림, 가중치 {parameters}개",
    ),
    "n_columns": ("columns: {count}", "열 {count}개"),
    "n_values": ("values: {count}", "값 {count}개"),
    "n_weights": ("{count} weights", "가중치 {count}개"),
    "n_seconds": ("{count} s", "{count}초"),
    "layers_left_out": ("… {count} more layers …", "… 층 {count}개 생략 …"),
    "answer_binary": ("probability of the positive class", "양성 클래스일 확률"),
    "answer_multiclass": ("probabilities of {classes} classes", "클래스 {classes}개의 확률"),
    "answer_multilabel": (
        "a probability for each of {classes} labels",
        "레이블 {classes}개 각각의 확률",
    ),
    "answer_regression": ("a number", "수치 하나"),
    "answer_change": ("a number, added to the latest value", "직전 값에 더하는 수치 하나"),
    "optimizer": ("Optimizer", "옵티마이저"),
    "learning_rate": ("Learning rate", "학습률"),
    "batch_size": ("Batch size", "배치 크기"),
    "shift": ("Shift of training pictures", "학습 그림 이동 폭"),
    "flip": ("Mirrored training pictures", "좌우 반전한 학습 그림"),
    "weight_decay": ("Weight decay", "가중치 감쇠"),
    "dropout": ("Dropout", "드롭아웃"),
    "class_weight": ("Class weights", "클래스 가중치"),
    "members": ("Members", "앙상블 모델 수"),
    "epochs": ("Epochs", "에포크 수"),
    "epoch": ("Epoch", "에포크"),
    "best_epoch": ("Weights kept from epoch", "채택한 에포크"),
    "seconds": ("Training time", "학습 시간"),
    "temperature": ("Temperature of probabilities", "확률 보정 온도"),
    "threshold": ("Threshold", "임곗값"),
    "chosen": ("chosen on validation rows", "검증 행으로 선택"),
    "not_chosen": ("default", "기본값"),
    "learning": ("Learning curves", "학습 곡선"),
    "learning_lead": (
        "If validation gets worse while training still improves, the network has begun to learn "
        "by heart. The weights of epoch {epoch} were kept (dashed line).",
        "학습은 계속 좋아지는데 검증이 나빠지면 외우기 시작했다는 뜻입니다. "
        "에포크 {epoch}의 가중치를 채택했습니다(점선).",
    ),
    # --- classes ---
    "confusion": ("Confusion matrix", "혼동 행렬"),
    "confusion_lead": (
        "Each row of the table holds the test rows of one true class; columns are the answers. "
        "The diagonal is right.",
        "표의 가로줄은 실제 클래스, 세로줄은 모델의 답입니다. 대각선이 맞힌 것입니다.",
    ),
    "confusions": ("Largest confusions", "가장 많이 헷갈린 클래스"),
    "confusions_lead": (
        "The twenty largest confusions on the test rows.",
        "테스트 행에서 가장 많이 헷갈린 스무 쌍입니다.",
    ),
    "nothing_confused": ("No test row was confused.", "헷갈린 테스트 행이 없습니다."),
    "true_down": ("true ↓ answer →", "실제 ↓ 답 →"),
    "true": ("True", "실제"),
    "predicted": ("Predicted", "예측"),
    "rows": ("Rows", "행 수"),
    "share_of_class": ("Share of the class", "클래스 내 비율"),
    "per_class": ("Scores per class", "클래스별 성적"),
    "per_class_lead": (
        "Precision: how many of the answers “this class” are right. Recall: how many rows of the "
        "class are found. F1 is high only if both are.",
        "정밀도는 ‘이 클래스’라고 답한 것 중 맞은 비율, "
        "재현율은 그 클래스의 행 중 찾아낸 비율입니다. "
        "F1은 둘 다 높아야 높습니다.",
    ),
    "ranking": ("ROC and precision–recall", "ROC와 정밀도-재현율"),
    "ranking_lead": (
        "Both curves ask whether true cases get higher probabilities than others, whatever the "
        "threshold. Dashed lines are guesses at random.",
        "두 곡선은 임곗값과 관계없이 실제 해당하는 행에 더 높은 확률을 주는지 봅니다. "
        "점선은 무작위 추측입니다.",
    ),
    "positive_class": ("class “{name}”", "클래스 “{name}”"),
    "roc": ("ROC curve", "ROC 곡선"),
    "pr": ("Precision and recall", "정밀도-재현율 곡선"),
    "fpr": ("False positive rate", "위양성률"),
    "tpr": ("True positive rate", "진양성률"),
    "thresholds": ("Thresholds", "임곗값에 따른 결과"),
    "thresholds_lead": (
        "A row is answered “{positive}” if its probability reaches the threshold. A higher one "
        "gives fewer but surer answers.",
        "확률이 임곗값 이상이면 “{positive}”로 답합니다. 높일수록 답은 줄지만 더 확실해집니다.",
    ),
    "thresholds_chosen": (
        "The one in use was chosen on validation rows, not from this table.",
        "사용 중인 값은 이 표가 아니라 검증 행으로 골랐습니다.",
    ),
    "thresholds_default": ("The one in use is the default.", "사용 중인 값은 기본값입니다."),
    "in_use": ("in use", "사용 중"),
    "predicted_positives": ("Positive answers", "양성으로 답한 행"),
    "calibration": ("Calibration", "확률 보정(캘리브레이션)"),
    "calibration_drawn": ("Came true, by stated probability", "예측 확률과 실제 비율"),
    "calibration_lead": (
        "Can the probabilities be believed? Of rows given 80%, about 80% should come true: dots on "
        "the dashed line. Larger dots stand for more rows; bars are 95% intervals.",
        "확률을 믿어도 될까요? 80%라고 한 행이라면 실제로도 80%쯤 맞아야 합니다. "
        "점이 점선에 가까울수록 믿을 만합니다. "
        "점이 클수록 행이 많고, 세로선은 95% 구간입니다.",
    ),
    "calibration_positive": (
        "The probability is that of the positive class.",
        "확률은 양성 클래스일 확률입니다.",
    ),
    "calibration_predicted": (
        "The probability is that of the class that was answered.",
        "확률은 모델이 답한 클래스의 확률입니다.",
    ),
    "calibration_labels": (
        "All labels are counted together.",
        "모든 레이블을 함께 셌습니다.",
    ),
    "calibration_error": (
        "On average, stated and observed shares differ by {error}.",
        "예측 확률과 실제 비율의 차이는 평균 {error}입니다.",
    ),
    "stated": ("Stated probability", "예측 확률"),
    "observed": ("Came true", "실제 비율"),
    "interval_head": ("95% interval", "95% 구간"),
    # --- numbers ---
    "values_section": ("Predictions and errors", "예측과 오차"),
    "values_lead": (
        "Every dot is a test row. Dots on the dashed line are right; a bow or a funnel among the "
        "errors says where the model could still learn.",
        "점 하나가 테스트 행 하나입니다. 점선 위의 점은 정확히 맞힌 것이고, 오차가 휘거나 "
        "나팔꼴로 벌어지면 그 부분을 아직 덜 배웠다는 뜻입니다.",
    ),
    "course": ("Predicted one step ahead, and what came", "한 걸음 앞 예측과 실제값의 흐름"),
    "course_latest": ("The latest {count} test rows.", "마지막 테스트 행 {count}개입니다."),
    "predicted_true": ("Predicted against true", "예측값과 실제값"),
    "residuals": ("Errors against predictions", "예측값에 따른 오차"),
    "errors": ("How large the errors are", "오차의 분포"),
    "error_sizes": ("How far off rows are", "행마다 빗나간 정도"),
    "error_share": ("Share of rows", "행의 비율"),
    "error_at_most": ("off by at most", "오차(이하)"),
    "error": ("Predicted − true", "예측 − 실제"),
    "thinned": ("{shown} of {rows} rows are drawn.", "{rows}개 행 중 {shown}개를 그렸습니다."),
    # --- closing ---
    "importance": ("Permutation importance", "열 중요도(순열 중요도)"),
    "importance_lead": (
        "How much the error ({loss}) on validation rows grows when one column is shuffled. Lines "
        "are 95% intervals; pale bars may be chance. Of columns that say the same, each may look "
        "unimportant.",
        "열 하나를 뒤섞었을 때 검증 행의 오차({loss})가 얼마나 커지는지입니다. 선은 95% 구간이고, "
        "흐린 막대는 우연일 수 있습니다. 같은 내용을 담은 열이 여럿이면 각각은 덜 중요해 보입니다.",
    ),
    "more_columns": ("{count} more columns", "그 밖에 {count}개 열"),
    "mistakes": ("Worst errors", "가장 크게 틀린 행"),
    "mistakes_lead": (
        "Look at these test rows first: they show wrong labels, rare kinds of rows and real "
        "blunders.",
        "이 테스트 행부터 살펴보세요. 잘못 붙은 정답, 드문 유형, 모델의 실수가 여기서 드러납니다.",
    ),
    "no_mistakes": ("No test row was answered wrongly.", "틀린 테스트 행이 없습니다."),
    "row_number": ("Row {row}", "{row}번째 행"),
    "given_to_truth": (
        "the true answer was given {probability}",
        "실제 답에 준 확률 {probability}",
    ),
    "off_by": ("off by {error}", "오차 {error}"),
    "card": ("Model card", "모델 카드"),
    "card_task": ("Predicts", "예측 대상"),
    "card_task_text": ("“{target}”: {task}", "“{target}”: {task}"),
    "card_classes": ("Classes", "클래스"),
    "card_inputs": ("From", "입력 열"),
    "card_data": ("Learned from", "학습 데이터"),
    "card_data_text": (
        "{source}: {train} training, {validation} validation and {test} test rows",
        "{source}: 학습 {train}개, 검증 {validation}개, 테스트 {test}개 행",
    ),
    "card_hash": ("SHA-256 of the data", "데이터 SHA-256"),
    "card_score": ("Test score", "테스트 점수"),
    "card_limits": ("Limits", "한계"),
    "card_limits_text": (
        "The scores hold for rows of the same kind and time as these. The model knows what tends "
        "to go together, not what causes what. Before its answers decide anything about people, "
        "compare its errors between groups.",
        "점수는 이 데이터와 같은 종류, 같은 시기의 행에만 들어맞습니다. 모델은 함께 나타나는 것을 "
        "알 뿐 원인은 모릅니다. 사람에 관한 결정에 쓰기 전에 집단별로 오류를 비교하세요.",
    ),
    "reproduce": ("Reproduce this run", "같은 모델 다시 만들기"),
    "reproduce_lead": (
        "With the same data and versions, this command gives the same model.",
        "데이터와 버전이 같으면 이 명령으로 같은 모델을 얻습니다.",
    ),
}
