"""The models of a team on one page. In the folder of your dbt project: streamlit run app.py"""

import altair as alt
import pandas as pd
import streamlit as st

import model_monitor as mm
from model_monitor.errors import MonitorError

SEVERITIES = {"critical": "red", "warn": "orange", "info": "blue", "none": "green"}
FIGURES = ["roc_auc", "accuracy", "r2", "precision", "recall", "f1", "log_loss", "mae", "rmse"]
Text, Number = st.column_config.TextColumn, st.column_config.NumberColumn
PILL = st.column_config.MultiselectColumn(
    "severity", options=list(SEVERITIES), color=list(SEVERITIES.values()), width=80
)
MODELS = {
    "pill": PILL,
    "monitor": "model",
    "action": "what to do",
    "row_count": Number("rows", format="localized"),
    "drifted_share": st.column_config.ProgressColumn("drifted subjects", format="percent"),
    "performance": Number(format="%.3f"),
    "baseline_performance": Number("four weeks before", format="%.3f"),
    "evaluation": "evaluation",
    "window_end": st.column_config.DatetimeColumn("until (UTC)", format="D MMM, HH:mm"),
}
INCIDENTS = {
    "pill": PILL,
    "message": Text("what, where and since when", width=320),
    "action": Text("what to do", width=120),
    "action_reason": Text("why", width=225),
    "action_against": Text("unless", width=205),
    "owner": Text(width=100),
    "runbook": st.column_config.LinkColumn(display_text="open", width=70),
}


@st.cache_data(ttl="10m", show_spinner="Reading the results …")
def overview():
    # the connection is closed at once: an open page keeps no run waiting
    with mm.open() as m:
        health, triggers = m.table("monitor_health"), m.table("monitor_triggers")
        incidents, notices = m.incidents(state="open"), m.notices(severity="warn")
    health = health[health["model_version"] == "(all)"].sort_values("monitor")
    # nothing suppresses or silences them, and they were not expected
    reported = (incidents["nature"] != "expected") | incidents["is_safety"].astype("boolean")
    reported &= incidents["inhibited_by"].isna() & incidents["silenced_by"].isna()
    due = (triggers["action"] == "retrain") & triggers["due"].astype("boolean")
    health = ranked(health, "worst_open_severity", "recommendation")
    incidents = ranked(incidents[reported], "severity", "recommended_action")
    return health, incidents, notices, triggers.loc[due, "monitor"].nunique()


def ranked(frame, severity, action):
    """The most severe first."""
    named = frame[severity].fillna("none")
    frame = frame.assign(
        pill=[[each] for each in named], action=frame[action].str.replace("_", " ")
    )
    return frame.loc[named.map(list(SEVERITIES).index).sort_values(kind="stable").index]


@st.cache_data(ttl="10m", show_spinner="Reading the results …")
def results(monitor, since):
    with mm.open() as m:
        drift = m.drift(monitor=monitor, window=None, since=since)
        performance = m.performance(monitor=monitor, window=None, since=since)
        coverage = m.coverage(monitor=monitor)
    drift = drift[drift["status"].isin(["ok", "drifted"])].dropna(subset="psi_valid")
    # as in monitor_drift: 0.1 beyond chance, 0.25 while the baseline is warming up
    limit = drift["psi_noise_limit"] + drift["is_learning"].map({True: 0.25, False: 0.1})
    of_another_log = drift["log"] + " " + drift["subject"]
    drift = drift.assign(
        limit=limit,
        times_limit=drift["psi_valid"] / limit,
        is_drifted=drift["status"] == "drifted",
        subject=drift["subject"].where(drift["log"] == "predictions", of_another_log),
    )
    performance = performance[performance["class"].isin(["(all)", "(binary)", "(micro)"])]
    return drift, performance, coverage[coverage["model_version"] == "(all)"]


st.set_page_config("Models in production", ":material/monitoring:", layout="wide")
st.title("Models in production")
try:
    health, incidents, notices, due = overview()
except MonitorError as error:
    st.error(str(error))
    st.stop()

as_of = health["as_of"].max()
hours = (pd.Timestamp.now("UTC").tz_localize(None) - as_of) / pd.Timedelta(hours=1)
wrong = list(incidents["monitor"].unique())
unread = list(health.loc[health["evaluation"] != "evaluated", "monitor"])
if wrong:
    st.error(f"Models with a problem: {', '.join(wrong)}", icon=":material/error:")
elif unread:
    st.warning(f"Not fully evaluated: {', '.join(unread)}", icon=":material/warning:")
else:
    st.success(f"No open incident in {len(health)} models", icon=":material/check_circle:")
if hours > 26:
    st.warning(f"The last run was {hours:.0f} hours ago.", icon=":material/schedule:")
figures = st.columns(4)
critical = int((incidents["severity"] == "critical").sum())
figures[0].metric("Open incidents", len(incidents), border=True)
figures[1].metric("Critical incidents", critical, border=True)
figures[2].metric("Models not fully evaluated", len(unread), border=True)
figures[3].metric("Models with retraining due", due, border=True)
st.dataframe(health, hide_index=True, column_order=MODELS, column_config=MODELS)
st.caption(f"As of the last run: {as_of} UTC.")
if wrong:
    st.subheader("Open incidents")
    shown = {"column_order": INCIDENTS, "column_config": INCIDENTS, "row_height": 80}
    st.dataframe(incidents, hide_index=True, **shown)
if len(notices):
    st.subheader("Also needs attention")
    st.dataframe(notices[["evidence", "suggested_command"]], hide_index=True)

st.divider()
model, length, compared_with = st.columns([2, 1, 1])
names = list(dict.fromkeys([*wrong, *health["monitor"]]))
monitor = model.selectbox("Model", names, key="model", bind="query-params")
drift, performance, coverage = results(monitor, as_of - pd.Timedelta(days=90))
there = {*drift["window_name"], *performance["window_name"]}
windows = [each for each in ("day", "7d", "30d") if each in there] or ["day"]
window = length.segmented_control("Window", windows, default=windows[0], required=True)
drift = drift[drift["window_name"] == window]
performance = performance[performance["window_name"] == window]
day = alt.X("yearmonthdate(window_start):T", title=None, axis=alt.Axis(format="%d %b"))

st.subheader("What drifted")
above, (left, right) = st.container(), st.columns(2)
# reference, last_week, control
baselines = sorted(drift["baseline"].unique(), reverse=True)
if baselines:
    baseline = compared_with.segmented_control(
        "Baseline", baselines, default=baselines[0], required=True
    )
    drift = drift[drift["baseline"] == baseline]
    worst = drift.groupby("subject").agg({"is_drifted": "sum", "times_limit": "max"})
    subjects = list(worst.sort_values(["is_drifted", "times_limit"], ascending=False).index)
    scale = alt.Scale(scheme="orangered", domain=[1, 5], clamp=True)
    heat = alt.Color("times_limit:Q", title="× limit", scale=scale)
    axis = alt.Axis(labelLimit=220, labelFlush=False)
    cells = alt.Chart(drift[drift["subject"].isin(subjects[:20])], height=alt.Step(20)).encode(
        x=alt.X("yearmonthdate(window_start):O", title=None, axis=alt.Axis(format="%d %b")),
        y=alt.Y("subject:N", sort=subjects, title=None, axis=axis),
        color=alt.condition("datum.is_drifted", heat, alt.value("#8883")),
        tooltip=["window_start:T", "subject", "status", "psi_valid", "limit", "row_count"],
    )
    above.altair_chart(cells.mark_rect())
    above.caption("The 20 subjects that drifted most. Grey: normal range. Empty: not evaluated.")

    left.subheader("One subject")
    subject = left.selectbox("Subject", subjects)
    lines = alt.Chart(drift[drift["subject"] == subject]).encode(x=day)
    drifted = lines.transform_filter("datum.is_drifted").mark_circle(color="#e5484d", size=50)
    left.altair_chart(
        lines.mark_line().encode(y=alt.Y("psi_valid:Q", title="PSI"))
        + lines.mark_line(strokeDash=[4, 4], color="#8d8d8d").encode(y="limit:Q")
        + drifted.encode(y="psi_valid:Q")
    )
    left.caption("Dashed: the limit. Red: drifted.")
else:
    above.info("Nothing could be compared in this window.")

right.subheader("Performance")
known = [each for each in FIGURES if performance[each].notna().any()]
if known:
    figure = right.selectbox("Figure", known)
    y = alt.Y(f"{figure}:Q", title=figure, scale=alt.Scale(zero=False))
    chart = alt.Chart(performance).encode(x=day, y=y, color=alt.Color("score:N", title=None))
    final, provisional = (chart.transform_filter(f"{no}datum.is_final") for no in ("", "!"))
    right.altair_chart(final.mark_line() + provisional.mark_point())
    right.caption("Circles: labels are still arriving.")
else:
    right.info("No label has arrived in this window.")

st.subheader("What is not watched")
blind = coverage[coverage["resolution"].isin(["too_small", "unlabelled"])]
st.caption(f"{len(blind)} of {len(coverage)} series have too few rows or no labels.")
blind = blind.groupby(
    ["resolution", "family", "slice_name", "reason"], as_index=False, dropna=False
).size()
st.dataframe(blind, hide_index=True, column_config={"size": "series"})
