"""Fits the decision to answer on the eval cases, cross-validated over documents, and writes assistant/confidence.json.

Run: python -m eval.calibrate (needs scikit-learn, which comes with sentence-transformers).
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.confidence import features, ruled_out
from assistant.evidence import choose
from assistant.questions import understand
from assistant.settings import SEEDS
from eval.cases import CASES, Case, read_cases
from index.search import BUILT, Index, language_of

OUT = Path(__file__).parent.parent / "assistant" / "confidence.json"


def main() -> None:
    """Fit one logistic function a language; print what cross-validation promises."""
    index = Index.open(BUILT)
    cases, _ = read_cases(CASES, SEEDS)
    weights = {language: _fit(index, [c for c in cases if c.language == language]) for language in ("zh", "en")}
    OUT.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def _fit(index: Index, cases: list[Case]) -> dict[str, float]:
    rows, groups, kept, vetoed = [], [], [], []
    for case in cases:
        question = understand(case.question)
        hits = index.search(question.text, 10)
        evidence = choose(question, hits, index)
        if ruled_out(question, evidence, index):
            vetoed.append(case)
            continue
        kept.append(case)
        rows.append(features(question, hits, evidence, index))
        groups.append(evidence[0].passage.document_id)
    names = list(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    y = np.array([case.answerable for case in kept])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, class_weight="balanced", max_iter=2000))
    promised = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        wrong, right = sum(c.answerable for c in vetoed), sum(not c.answerable for c in vetoed)
        refused = (np.sum(promised[~y] < threshold) + right) / (np.sum(~y) + right)
        lost = (np.sum(promised[y] < threshold) + wrong) / (np.sum(y) + wrong)
        print(
            f"{language_of(cases[0].question)} threshold {threshold}: refused rightly {refused:.3f}, refused wrongly {lost:.3f}"
        )
    scaler, logistic = (step for _, step in model.fit(x, y).steps)
    raw = logistic.coef_[0] / scaler.scale_
    bias = logistic.intercept_[0] - raw @ scaler.mean_
    return {"bias": round(float(bias), 4)} | {name: round(float(w), 4) for name, w in zip(names, raw, strict=True)}


if __name__ == "__main__":
    main()
