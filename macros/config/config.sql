{#-
    The configuration: `vars`, validated and normalised (docs: _macros.yml). No other place in the
    project reads vars. They are read once per invocation of dbt, not once per model that loops over
    monitors: the mapping `remembered` among the package's vars lasts that long. If it does not
    last, the configuration is read again.
-#}
{% macro configuration() %}
    {{ return(model_monitor._remembered()['configuration']) }}
{% endmacro %}

{% macro _remembered() %}
    {% set lasting = var('remembered', none) %}
    {% set remembered = lasting if lasting is mapping else {} %}
    {% if 'configuration' not in remembered %}
        {% set read = model_monitor._read_configuration() %}
        {% set parsed = [] %}
        {% for monitor in read['monitors'] %}
            {% do parsed.append(model_monitor._parsed_monitor(monitor)) %}
        {% endfor %}
        {% do remembered.update({'configuration': read, 'parsed_monitors': parsed}) %}
    {% endif %}
    {{ return(remembered) }}
{% endmacro %}

{% macro _read_configuration() %}
    {% set problems = [] %}
    {% set raw = model_monitor.setting('monitors') %}
    {% set policy = model_monitor.setting('policy') or {} %}
    {#- the demo has its own vars, which do not exist in a consumer's project -#}
    {% if raw is none and project_name == 'model_monitor' %}
        {% set raw = model_monitor._demo_monitors() %}
        {% set policy = var('demo_policy', none) or {} %}
    {% endif %}

    {% do model_monitor._check_scope(problems) %}
    {% set as_of = model_monitor.setting('as_of') %}
    {% if as_of is not none and model_monitor._instant(as_of) is none %}
        {% do model_monitor._problem(
            problems, 'as_of', model_monitor._yaml_surprise(as_of, 'not a date or time'),
            'a UTC date or time such as 2026-01-31 or 2026-01-31T12:00:00Z',
            model_monitor._shown(as_of)
        ) %}
    {% endif %}

    {% set policy = model_monitor._config_walk(policy, {'a': 'policy'}, 'policy', problems) or {} %}

    {% set monitors = [] %}
    {% set names = [] %}
    {% if raw is string or raw is mapping or raw is boolean or raw is number
        or (raw is not none and raw is not sequence) %}
        {% do model_monitor._problem(
            problems, 'monitors', 'a list is expected',
            'a list of entries such as - name: home_feed', model_monitor._shown(raw)
        ) %}
    {% else %}
        {% for entry in raw or [] %}
            {% set name = entry.get('name') if entry is mapping else none %}
            {% set path = 'monitors[' ~ loop.index0 ~ ']'
                ~ (' ' ~ model_monitor._shown(name) if name is string else '') %}
            {% set monitor = model_monitor._config_walk(entry, {'a': 'monitor'}, path, problems) %}
            {% if monitor is not none %}
                {% do model_monitor._check_monitor(monitor, path, problems) %}
                {% do monitors.append(monitor) %}
            {% endif %}
            {% if name is string and name in names %}
                {% do model_monitor._problem(
                    problems, path ~ ' › name', 'the name is taken', 'a name of its own',
                    model_monitor._shown(name)
                ) %}
            {% elif name is string %}
                {% do names.append(name) %}
            {% endif %}
        {% endfor %}
    {% endif %}

    {% do model_monitor._raise_problems(problems) %}

    {% set normal = [] %}
    {% for monitor in monitors %}
        {% do normal.append(model_monitor._normal_monitor(monitor)) %}
    {% endfor %}
    {% do model_monitor._check_rebuild(normal, problems) %}
    {% do model_monitor._check_only(normal, problems) %}
    {% do model_monitor._raise_problems(problems) %}
    {% set policies = {} %}
    {% for key in [
        'alert_rules', 'changes', 'silences', 'contacts', 'versions', 'version_metrics',
        'approvals', 'priorities',
    ] %}
        {% do policies.update({key: model_monitor._relation_spec(policy.get(key))}) %}
    {% endfor %}
    {{ return({
        'as_of': none if as_of is none else model_monitor._instant(as_of),
        'policy': policies,
        'address_prefixes': policy.get('address_prefixes') or ['MODEL_MONITOR_'],
        'playbook_url': policy.get('playbook_url'),
        'report_url': policy.get('report_url'),
        'monitors': normal,
        'unused_keys': model_monitor.unused_keys(normal),
    }) }}
{% endmacro %}

{#- The demo's monitors. The setting full_demo adds what demo_beyond says of them. -#}
{% macro _demo_monitors() %}
    {% set monitors = var('demo_monitors', none) %}
    {% if not model_monitor.setting('full_demo') %}
        {{ return(monitors) }}
    {% endif %}
    {% set full = [] %}
    {% for monitor in monitors or [] %}
        {% do full.append(dict(monitor, **(var('demo_beyond')[monitor.name] or {}))) %}
    {% endfor %}
    {{ return(full) }}
{% endmacro %}

{#-
    The monitors of the configuration, in normal form. While dbt parses, it only needs the refs of a
    model, and no feature changes those: one feature of each type beside the scores is enough, and
    saves seconds.
-#}
{% macro monitors() %}
    {% set remembered = model_monitor._remembered() %}
    {{ return(remembered['configuration']['monitors'] if execute else remembered['parsed_monitors']) }}
{% endmacro %}

{% macro _parsed_monitor(monitor) %}
    {% set logs = [] %}
    {% for log in monitor.logs %}
        {% set subjects = [] %}
        {% for subject in log.subjects if subject.kind == 'score'
            or subject.type not in (subjects | map(attribute='type') | list) %}
            {% do subjects.append(subject) %}
        {% endfor %}
        {% do logs.append(dict(log, subjects=subjects)) %}
    {% endfor %}
    {{ return(dict(monitor, logs=logs)) }}
{% endmacro %}

{#- The instant that the run evaluates, as UTC text: the var as_of, or the start of the run. -#}
{% macro as_of() %}
    {% set given = model_monitor.setting('as_of') %}
    {% if given is none %}
        {{ return(model_monitor._in_utc(run_started_at)) }}
    {% endif %}
    {% set problems = [] %}
    {% do model_monitor._check_scope(problems) %}
    {% set instant = model_monitor._instant(given) %}
    {% if instant is none or problems %}
        {#- configuration() reports this together with all other problems -#}
        {% do model_monitor.configuration() %}
    {% endif %}
    {{ return(instant) }}
{% endmacro %}

{#-
    Checks the keys directly under `vars: model_monitor:`. dbt shows a package this mapping under
    the package's own name, next to the vars of the command line.
-#}
{% macro _check_scope(problems) %}
    {% set scope = var('model_monitor', none) %}
    {% set said = model_monitor._said_vars() %}
    {% set valid = model_monitor._config_vars()['vars']['keys'] | list %}
    {% if 'model_monitor' in said %}
        {% do model_monitor._problem(
            problems, '--vars › model_monitor', "dbt ignores a package's name here",
            "--vars '{as_of: 2026-01-31}', without model_monitor"
        ) %}
        {{ return(none) }}
    {% elif scope is none %}
        {% set scope = {} %}
    {% elif scope is not mapping %}
        {% do model_monitor._problem(
            problems, 'vars › model_monitor', 'a mapping is expected', valid,
            model_monitor._shown(scope)
        ) %}
        {{ return(none) }}
    {% endif %}
    {% for key in scope if key not in valid + ['remembered'] and not (key | string).startswith('demo_') %}
        {% do model_monitor._problem_word(
            problems, 'vars › model_monitor › ' ~ key, 'an unknown key', key, valid
        ) %}
    {% endfor %}
    {#- another package's as_of would silently evaluate every run as of that day -#}
    {% if invocation_args_dict is mapping and var('as_of', none) is not none
        and var('model_monitor_as_of', none) is none
        and 'as_of' not in said and 'as_of' not in scope %}
        {% do model_monitor._problem(
            problems, 'vars › as_of', 'belongs to your project, but model_monitor reads it too',
            'model_monitor: {as_of: null} beside it, or the name model_monitor_as_of'
        ) %}
    {% endif %}
{% endmacro %}
