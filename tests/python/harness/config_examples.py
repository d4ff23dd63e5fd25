"""Two configurations in YAML, one valid, one of mistakes (dbt would read a .yml file here)."""

VALID = """\
# The example of the contract, with what it leaves out filled in.
as_of: 2026-03-01T06:00:00+02:00
monitors:
  - name: home_feed
    problem: ranking
    owner: feed-ranking
    runbook: https://runbooks.example/home_feed
    dashboard: https://boards.example/home_feed
    predictions:
      source: [product_logs, home_feed_predictions]
      where: "is_test = false"
      time: predicted_at
      loaded_at: loaded_at
      id: prediction_id
      version: model_version
      request: request_id
      user: user_id
      item: item_id
      position: position
      role: serving_role
      decision: was_blocked
      confidence: confidence
      label: null
      experiment:
        {id: experiment_id, variant: variant, control: control,
         split: {control: 0.5, treatment: 0.5}}
    scores:
      p_click: {outcome: click, threshold: 0.5}
      p_purchase: {outcome: purchase}
      rank_score: {low_confidence: -2}
      intent:
        kind: multiclass
        outcome: intent
        predicted: intent_hat
        probabilities: {buy: p_buy, browse: p_browse}
      eta: {kind: regression, outcome: arrival_minutes}
    ranking: {order_by: p_click, ks: [5, 10]}
    outcomes:
      source: [product_logs, home_feed_outcomes]
      prediction: prediction_id
      name: outcome
      value: value
      time: occurred_at
      loaded_at: loaded_at
      kinds:
        click: {matures_after: 1h, otherwise: 0}
        purchase: {matures_after: 7d, otherwise: 0, horizon: long_term, proxy: click}
        rating: {matures_after: 30d}
        intent: {matures_after: 1d}
        arrival_minutes: {matures_after: 90m}
    features:
      item_ctr_7d: {importance: 0.31, min: 0, max: 1}
      device_os: {type: categorical, values: [ios, android, web], critical: true}
      is_subscriber: {type: boolean}
      basket_tokens: {sql: "json_array_length(payload, '$.tokens')"}
      profile_age_hours: {stale_above: 48}
    operations:
      {latency_ms: {sla: {p95: 120}}, is_error: {type: boolean}, is_fallback: {type: boolean}}
    slices: [surface, region, user_segment, device, [region, device]]
    protected_slices: [age_band]
    exposure: {item: item_id, creator: creator_id}
    metrics:
      revenue_per_request: {numerator: revenue, per: request, layer: business, better: higher}
      prediction_volume: {numerator: 1, expected: seasonal, layer: operations}
    embeddings: {item_vec: {dims: 64}}
    costs: {true_positive: 120, false_positive: -4, false_negative: -80, true_negative: 0}
    labelling: {budget: 100}
    examples: true
    recomputed: {source: [offline, features], prediction: prediction_id}
    comparisons:
      - {name: v13_or_v14, champion: home_ranker_v13, challenger: home_ranker_v14, on: request_id}
    correlations: {top: 10}
    plugins: {my_distance: {macro: my_project.my_distance, threshold: 0.1}}
    gates: {min_auc: 0.70, max_age: 90d}
    retraining: {every: 30d, labels: 100000, events: [product_launch]}
    logs:
      requests:
        from: predictions
        per: request_id
        subjects:
          {list_length: {sql: "count(*)"}, score_spread: {sql: "max(p_click) - min(p_click)"}}
      candidates:
        source: [product_logs, home_feed_candidates]
        time: retrieved_at
        version: model_version
        slices: [surface, region]
        subjects: {source: {type: categorical}, is_eligible: {type: boolean}, candidate_count: {}}
        metrics: {empty_pool_rate: {numerator: "candidate_count = 0"}}
    reference:
      {source: [product_logs, home_feed_training], outcomes: {click: clicked, purchase: purchased}}
    champion: registry
    windows: [hour, day, 7d, 30d]
    baselines: [reference, previous, last_week, seasonal, champion, control]
    limits:
      {min_rows: 500, min_cell: 20, lateness: 2h, slice_values: 20, combination_values: 100,
       categories: 30}
    retention: {hour: 70d, day: 400d, day_sliced: 100d}
  - name: fraud
    problem: binary
    predictions: {ref: [shop, fraud_predictions], time: at, id: id, label: is_fraud}
    scores: {p_fraud: {outcome: label, threshold: 0.8}}
    features: [amount, country]
    correlations: [[amount, country]]
    reference: {from: 2026-01-01, to: 2026-01-15}
policy:
  alert_rules: {ref: [my_project, my_alert_rules]}
  changes: {source: [cd, deploys]}
  silences: {ref: [my_project, silences]}
  contacts: {ref: [my_project, contacts]}
  versions: {source: [registry, versions]}
  version_metrics: {source: [registry, version_metrics]}
  approvals: {ref: [my_project, approvals]}
  address_prefixes: [MODEL_MONITOR_, ALERTS_]
  playbook_url: "https://docs.example.com/playbooks/{page}.html"
  report_url: https://reports.example.com/report.html
"""

MISTAKES = """\
# Twenty-five mistakes in one configuration, and what must be said about each.
as_of: tomorrow
policy:
  alert_rule: {ref: [shop, rules]}
  changes: {ref: changes}
monitors:
  - name: fraud
    problem: binay
    ownr: risk
    predictions: {source: [raw, fraud], tim: at, id: "lower(id)", where: "{{ x }}", version: 1.10}
    scores:
      p_fraud: {kind: binary, outcome: fruad, treshold: 1.5}
      intent: {kind: multiclass}
    outcomes:
      {ref: [shop, outcomes], prediction: id, value: v, time: t, kinds: {fraud: {matures_after: 7}}}
    features:
      amount: {min: 10, max: 1, importance: 0.4}
      country: {type: categorical, values: [no, se]}
      age: {type: number}
      score: {importance: -1}
    slices: [region, region]
    windows: [hours, day]
    champion: 2.10
    reference: {from: 2026-02-01, to: 2026-01-01}
    retention: {hour: 36h}
    logs: {lists: {from: predictons, per: rid}}
  - name: other
    predictions: {source: [raw, fraud], ref: [shop, fraud], time: at}
    features: [amount]
expected:
  - "as_of: not a date or time."
  - "policy › alert_rule: an unknown key. Valid: alert_rules, "
  - "policy › changes › ref: two names are expected. Valid: [project, model]. Got: 'changes'."
  - "monitors[0] 'fraud' › problem: not a valid value. Valid: binary, "
  - "monitors[0] 'fraud' › ownr: an unknown key. Valid: owner, "
  - "monitors[0] 'fraud' › predictions › tim: an unknown key. Valid: time, "
  - "monitors[0] 'fraud' › predictions › id: an expression where a column is expected."
  - "monitors[0] 'fraud' › predictions › where: there is no Jinja in the configuration."
  - "monitors[0] 'fraud' › predictions › version: YAML reads a number here (1.10 becomes 1.1)"
  - "monitors[0] 'fraud' › scores › p_fraud › outcome: an outcome that is not declared. Valid:"
  - "monitors[0] 'fraud' › scores › p_fraud › treshold: an unknown key. Valid: threshold, "
  - "monitors[0] 'fraud' › scores › p_fraud › threshold: outside 0 to 1."
  - "monitors[0] 'fraud' › scores › intent › probabilities: missing"
  - "monitors[0] 'fraud' › outcomes › kinds › fraud › matures_after: not a duration."
  - "monitors[0] 'fraud' › features › amount › min: min is above max."
  - "monitors[0] 'fraud' › features › country › values[0]: YAML reads yes, no, on, off"
  - "monitors[0] 'fraud' › features › age › type: not a valid value. Valid: numeric, "
  - "monitors[0] 'fraud' › features › score › importance: negative."
  - "monitors[0] 'fraud' › slices[1]: listed twice."
  - "monitors[0] 'fraud' › windows[0]: not a valid value. Valid: hour, "
  - "monitors[0] 'fraud' › champion: YAML reads a number here"
  - "monitors[0] 'fraud' › reference › to: not after from"
  - "monitors[0] 'fraud' › retention › hour: whole days are expected."
  - "monitors[0] 'fraud' › logs › lists › from: not another log of this monitor. Valid: predictions"
  - "monitors[1] 'other' › predictions: both source and ref are given."
"""
