"""Mistakes, each in YAML, and what must be said about it in the line below."""

from __future__ import annotations


def pairs(text: str) -> list[tuple[str, str]]:
    """The lines two by two."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return list(zip(lines[::2], lines[1::2], strict=True))


MONITOR = pairs("""
features: {a: {treshold: 1}}
    features › a › treshold: an unknown key. Valid:
scores: {p: {treshold: 1}}
    › treshold: an unknown key. Valid: threshold, kind
featurs: [a]
    featurs: an unknown key. Valid: features, name, problem
problem: binray
    problem: not a valid value. Valid: binary, multiclass, regression
name: Fraud
    name: not a name. Valid: a-z, 0-9 and _. Got: 'Fraud'.
name: null
    name: missing.
name: no
    name: YAML reads yes, no, on, off, true and false as booleans: write it
name: [a]
    name: text is expected. Got: a list of 1.
champion: 1.10
    champion: YAML reads a number here (1.10 becomes 1.1): write it in
champion: 2026-01-01
    champion: YAML reads a date here: write it in quotes. Got: 2026
owner: ''
    owner: it is empty. Got: ''.
owner: '{{ x }}'
    owner: there is no Jinja in the configuration. Valid: plain text.
features: {a: {sql: '{% if x %}'}}
    a › sql: there is no Jinja in the configuration.
features: a
    features: a mapping of names or a list of names is expected. Got: 'a'.
features: [a, a]
    features[1]: listed twice. Got: 'a'.
features: [no]
    features[0]: YAML reads yes, no, on, off, true and false as booleans
features: {no: }
    features: YAML reads yes, no, on, off, true and false as booleans
features: ['a"b']
    features[0]: not a name. Valid: text without quotes, backslashes, braces, line breaks or
features: {' a': {}}
    features: not a name. Valid: text without quotes, backslashes, braces
features: {a: numeric}
    features › a: a mapping is expected. Valid: type, sql, column
features: {a: {type: number}}
    a › type: not a valid value. Valid: numeric, categorical
features: {a: {importance: -1}}
    a › importance: negative. Valid: a number not below 0
features: {a: {importance: high}}
    a › importance: a number is expected. Valid: a numbe
features: {a: {min: 1e3}}
    a › min: a number is expected. Valid: a number without quotes
features: {a: {min: .nan}}
    a › min: a number is expected.
features: {a: {max: yes}}
    a › max: a number is expected; YAML reads yes, no, on and of
features: {a: {critical: 'yes'}}
    a › critical: a boolean is expected. Valid: true, fals
features: {a: {min: 2, max: 1}}
    a › min: min is above max. Valid: a number up to 1. Go
features: {a: {stale_above: 9, max: 9}}
    a › stale_above: not below max: nothing would
features: {a: {type: boolean, min: 0}}
    a › min: only a numeric subject has this. Valid
features: {a: {values: [x]}}
    a › values: only a categorical subject has this. Valid: t
features: {a: {type: categorical, values: [no, x]}}
    a › values[0]: YAML reads yes, no, on, off, true and false as booleans
features: {a: {type: categorical, values: [1.10]}}
    a › values[0]: YAML reads a number here
features: {a: {type: categorical, values: [1, '1']}}
    a › values: a list of different values is expected. Got: [1, 1].
features: {a: {sql: b, column: c}}
    a: both sql and column are given. Valid: one of the
{features: [a], operations: [a]}
    operations › a: the name is taken under features.
{features: [p]}
    features › p: the name is taken under scores. Valid: a name of its own.
operations: {a: {sla: {p90: 1}}}
    a › sla › p90: an unknown key. Valid: p
operations: {a: {sla: {p95: 0}}}
    a › sla › p95: a limit above 0 is expected. Got: 0
operations: {a: {sla: {rate: 0.1}}}
    a › sla › rate: a numeric subject has no such figu
scores: {p: {outcome: piad}}
    p › outcome: an outcome that is not declared. Valid: paid
scores: {p: {threshold: 50}}
    p › threshold: outside 0 to 1. Valid: a number from 0 to
scores: {p: {outcome: paid}, v: {kind: regression, outcome: paid}}
    scores › v › outcome: all scores of an outcome are of one kind, and p is binary. Valid: kind: binary, or another
scores: {c: {kind: multiclass, outcome: paid, probabilities: {a: pa, b: pb}}, p: {outcome: paid}}
    scores › p › outcome: all scores of an outcome are of one kind, and c is multiclass.
scores: {p: {low_confidence: 50}}
    p › low_confidence: outside 0 to 1. Valid: a number from 0 to
scores: {p: {kind: regression, low_confidence: 1}}
    p › low_confidence: a regression score has no
scores: {p: {kind: regression, threshold: 1}}
    p › threshold: a regression score has no
scores: {p: {kind: multiclass}}
    p › probabilities: missing: a multiclass score needs
scores: {p: {kind: multiclass, probabilities: {a: pa}}}
    p › probabilities: fewer than two classes. Valid: a column for each class. Got: 1.
scores: {p: {kind: multiclass, probabilities: {no: pa, b: pb}}}
    p › probabilities: YAML reads yes, no, on, off, true and false as booleans: write it
scores: {p: {predicted: a}}
    p › predicted: only a multiclass score has this. Valid: kin
scores: {p: {min: 0}}
    p › min: a binary score is a probability, from 0 to 1. Valid: le
{problem: null}
    scores › p: a score with an outcome needs a kind. Valid: problem: on
predictions: {source: [a, b]}
    predictions › time: missing.
predictions: {tiem: t, source: [a, b]}
    predictions › tiem: an unknown key. Valid: time
predictions: {time: t}
    predictions: no relation is named. Valid: source: [source, table
predictions: {time: t, ref: m}
    › ref: two names are expected. Valid: [project, model].
predictions: {time: t, ref: [m]}
    › ref: two names are expected. Valid: [project, model]
predictions: {time: t, source: s}
    › source: two names are expected. Valid: [source, tab
predictions: {time: t, source: [a, b], ref: [c, d]}
    predictions: both source and ref are given. Valid: one of them.
predictions: {time: 'cast(a as date)', source: [a, b]}
    predictions › time: an expression where a column is expected. Valid: the name of a col
predictions: {time: t, source: [a, b], version: 1.10}
    predictions › version: YAML reads a number here (1.10 becomes 1.1): write it in quotes.
predictions: {time: t, source: [a, b]}
    outcomes: outcomes are joined to predictions by
slices: region
    slices: a list is expected. Valid: a list such as [region, device, [reg
slices: ["it's"]
    slices[0]: not a name. Valid: text without quotes, backslashes, braces
{features: {Region: {type: categorical}}, slices: [region]}
    the same column written in two ways, which duckdb cannot tell apart. Valid: one spelling
slices: [a+b]
    slices[0]: a slice with + in its name reads like a combination.
slices: [a, a]
    slices[1]: listed twice. Got: a.
slices: [[a, b], [b, a]]
    slices[1]: listed twice. Got: a+b.
slices: [[a, b, c, d]]
    slices[0]: a combination has two or three columns.
slices: [[a, a]]
    slices[0]: a column is combined with itself. Got: a, a.
slices: [off]
    slices[0]: YAML reads yes, no, on, off, true and false as booleans
{features: {a: {sql: b}}, slices: [a]}
    slices: a slice is a column of the log, and a i
{slices: [[a, b]], protected_slices: [a]}
    slices: a combination with a protected column. Valid: a protected column alone. Got: a+b.
protected_slices: [a, a]
    protected_slices[1]: listed twice. Got: 'a'.
protected_slices: {a: {refrence: b}}
    protected_slices › a › refrence: an unknown key. Valid: reference.
windows: [days]
    windows[0]: not a valid value. Valid: day, hour, 7d, 30d. Got: 'days'.
windows: []
    windows: it is empty. Valid: leave it out, or some of hour, day, 7d, 30d.
windows: day
    windows: a list is expected. Valid: [hour, day, 7d, 30d]. Got: 'day'.
baselines: [refrence]
    baselines[0]: not a valid value. Valid: reference, previous, las
limits: {lateness: 2 hours}
    limits › lateness: not a duration. Valid: minutes, hours or
limits: {lateness: 2}
    limits › lateness: not a duration. Valid: minutes, hours or days,
limits: {min_rows: 0}
    limits › min_rows: a whole number above 0 is expected. Valid: su
limits: {min_rows: 10}
    limits › min_cell: above min_rows. Valid: a number up to 10. Go
retention: {hour: 5h}
    retention › hour: whole days are expected. Valid: such as 70d. Go
retention: {day: 30d}
    retention › day_sliced: longer than day. Valid: up to 30d. Got: 1
reference: {}
    reference: neither a relation nor a range of days. Valid: source or ref,
reference: {from: 2026-01-01}
    reference › to: missing: a range has both ends. Valid: a
reference: {from: 2026-01-02, to: 2026-01-02}
    reference › to: not after from (to is exc
reference: {from: '2026-02-30', to: 2026-03-01}
    reference › from: not a day of the cale
reference: {source: [a, b], from: 2026-01-01, to: 2026-01-02}
    reference › time: missing: from and to need a time. Valid: the column of the relation
reference: {from: 2026-01-01, to: 2026-01-02, time: t}
    reference › time: not valid with a range of the log. Valid: leave it out
reference: {source: [a, b], outcomes: {piad: x}}
    reference › outcomes › piad: an outcome that is not declared. Valid: paid. Got: 'piad'.
ranking: {order_by: q}
    ranking › order_by: not a declared score. Valid: p. Got: 'q'.
ranking: {ks: [5, 5]}
    ranking › ks: a list of different whole numbers is expected. Val
ranking: {ks: [0]}
    ranking › ks[0]: a whole number above 0 is expected. Valid: such as
{ranking: {}, predictions: {source: [a, b], time: t, id: i}}
    ranking: a ranking needs a request column. Valid: predictions › request: the column
metrics: {m: {}}
    metrics › m › numerator: missing.
metrics: {m: {numerator: 1, per: user}}
    m › per: not a configured column of the log. Valid: us
metrics: {m: {numerator: 1, per: a, denominator: b}}
    m: both per and denominator are g
metrics: {m: {numerator: yes}}
    numerator: YAML reads yes, no, on, off, true and false
metrics: {m: {numerator: 1, layer: ops}}
    m › layer: not a valid value. Valid: operation
logs: {predictions: {source: [a, b], time: t}}
    logs › predictions: the name is taken b
logs: {predictions.bought: {source: [a, b], time: t}}
    logs › predictions.bought: not a name. Valid: a-z, 0-9 and _.
logs: {a: {time: t}}
    logs › a: no relation is named. Valid: source: [source, table], re
logs: {a: {source: [a, b]}}
    logs › a › time: missing.
logs: {a: {source: [a, b], time: t, per: x}}
    logs › a › per: only valid in a derived log
logs: {a: {from: prediction}}
    logs › a › from: not another log of this monitor. Valid:
logs: {a: {from: a}}
    logs › a › from: not another log of this monitor. Valid: predictio
logs: {a: {from: predictions}, b: {from: a}}
    logs › b › from: a log is not derived from a derived one. Valid: a log with a source
logs: {a: {from: predictions, time: t}}
    logs › a › time: a derived log inherits this from its parent log. Valid: from,
logs: {a: {from: predictions, subjects: [n]}}
    logs › a › subjects › n › sql: missing: a subject of a derived log is an aggregate.
logs: {a: {from: predictions, per: user}}
    logs › a › per: the parent log has no such
costs: {true_positives: 1}
    costs › true_positives: an unknown key. Valid: true_positive
costs: {true_positive: no}
    costs › true_positive: a number or SQL is expected; YAML reads yes, no, on and off as booleans. Valid: such as -4 or
costs: {true_positive: [amount]}
    costs › true_positive: a number or SQL is expected. Valid: such as -4 or
costs: {true_positive: ' '}
    costs › true_positive: it is empty.
costs: {true_positive: '{{ x }}'}
    costs › true_positive: there is no Jinja in the configuration.
costs: {true_positive: '1e200'}
    costs › true_positive: a number is expected.
{costs: {true_positive: 1}, scores: {p: }}
    costs: costs need a binary score with an out
gates: {min_auc: 70}
    gates › min_auc: outside 0 to 1. Valid: a number from 0 to 1. Got
gates: {min_acu: 0.7}
    gates › min_acu: an unknown key. Valid: min_auc,
{problem: regression, gates: {min_auc: 0.7}}
    gates › min_auc: the first score with an outcome has no such measure. Valid: a gate of a regression score: min_r2,
{scores: {p: {kind: binary}}, gates: {min_auc: 0.7}}
    gates › min_auc: there is no score with an outcome. Valid: such as
gates: {min_ndcg: 0.7}
    gates › min_ndcg: the monitor ranks nothing. Valid: ranking
gates: {max_age: 90}
    gates › max_age: not a duration. Valid: minutes
retraining: {event: [launch]}
    retraining › event: an unknown key. Valid: events,
retraining: {max_age: 90d}
    retraining › max_age: an unknown key. Valid: drift,
retraining: {drift: 0.2}
    retraining › drift: a boolean is expected. Valid: true, false
retraining: {every: monthly}
    retraining › every: not a duration. Valid: minutes, hours or days, such as
retraining: {labels: 1.5}
    retraining › labels: a whole number above 0 is expected.
{scores: {p: {kind: binary}}, retraining: {labels: 1000}}
    retraining › labels: there is no score with an outcome.
{scores: {p: {kind: binary}}, retraining: {performance: true}}
    retraining › performance: there is no score with an outcome.
{windows: [7d], retraining: {labels: 1000}}
    retraining › labels: labels are counted by the day. Valid: windows with day. Got: [7d].
retraining: {events: launch}
    retraining › events: a list is expected
retraining: {events: []}
    retraining › events: it is empty. Valid: kinds of policy: changes
retraining: {events: [launch, launch]}
    retraining › events: listed twice. Got: 'launch'.
retraining: [drift]
    retraining: a mapping is expected. Valid: drift, performance, every, labels, events.
labelling: {}
    labelling › budget: missing.
{labelling: {budget: 10}, scores: {q: {}}}
    labelling: labelling needs a binary or multiclass score with an outcome.
{problem: binary, scores: {p: {}}, labelling: {budget: 10, score: p}}
    labelling › score: not a binary or multiclass score with an outcome
{labelling: {budget: 10, within: 36h}}
    labelling › within:
{scores: {q: {}}, examples: true}
    examples: examples show wrong and right predictions, and no score has an outcome.
{predictions: {source: [raw, fraud], time: at, label: bad}, examples: true}
    examples: it names single predictions by their id. Valid: predictions › id
examples: sometimes
    examples: a boolean is expected. Valid: true, false
embeddings: {v: {dims: 1.5}}
    v › dims: a whole number above 0 is expected. Valid: such
correlations: {top: 0}
    correlations › top: a whole number above 0 is expected.
plugins: {d: {macro: my_project.my_distanc, threshold: 1}}
    plugins › d › macro: no such macro. Valid: project.macro, such as my_project.my_distance. Got: my_
plugins: {d: {macro: d, threshold: 1}}
    plugins › d › macro: no such macro.
plugins: {d: {macro: my_project.my_distance, threshold: 0}}
    plugins › d › threshold: not above 0. Valid: a number above 0. Got: 0.
plugins: {d: {macro: my_project.my_distance}}
    plugins › d › threshold: missing
plugins: {d: 3}
    plugins › d: a mapping is expected. Valid: macro, threshold. Got: 3.
correlations: [[amount, amont]]
    correlations: not a numeric feature, score or operation
correlations: [[p, p]]
    correlations[0]: not a pair of two different subjects. Valid: {
comparisons: [{name: x, champion: a, challenger: a, on: id}]
    comparisons[0] 'x': champion and challenger are the same version. Got: 'a'.
comparisons: [{name: x, champion: 1.0, challenger: b, on: id}]
    comparisons[0] 'x' › champion: YAML reads a number here
""")


EXPERIMENT = pairs("""
{variant: v}
    experiment › control: missing.
{variant: v, control: c, split: {c: 0.5, t: 0.4}}
    split: the shares do not add up to 1
{variant: v, control: c, split: {a: 0.5, b: 0.5}}
    control: not a variant of the split.
{variant: v, control: c, split: {c: 1}}
    split: fewer than two variants.
{variant: v, control: c, split: {c: 50, t: 50}}
    split › c: outside 0 to 1.
{variant: v, control: off, split: {off: 0.5, on: 0.5}}
    control: YAML reads yes, no
variant
    experiment: a mapping is expected.
""")


OUTCOMES = pairs("""
{paid: }
    kinds › paid › matures_after: missing.
{paid: {matures_after: 7}}
    paid › matures_after: not a duration. Valid: minutes, hours
{paid: {matures_after: 1d, proxy: piad}}
    proxy: an outcome that is not declared.
{paid: {matures_after: 1d, proxy: paid}}
    proxy: an outcome is not its own proxy.
{paid: {matures_after: 1d, proxy: b}, b: {matures_after: 2d}}
    proxy: the label window of a proxy must be shorter than that of its outcome.
{paid: {matures_after: 1d}, b: {matures_after: 2d}}
    outcomes › name: missing: there are
{paid: {matures_after: 1d, otherwise: 2}}
    the outcome of the binary score p is 0 or 1.
{paid: {matures_after: 1d, otherwise: no}}
    otherwise: a number is expected; YAML reads
{yes: {matures_after: 1d}}
    kinds: YAML reads yes, no, on, off, true and false as boolea
{}
    outcomes › kinds: it is empty.
[paid]
    outcomes › kinds: a mapping of names is expected. Got: a list of 1.
""")
