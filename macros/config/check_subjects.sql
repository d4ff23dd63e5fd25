{#- Checks each subject of a group for settings that contradict each other. -#}
{% macro _check_subjects(subjects, path, problems) %}
    {% set none_said = {'type': none, 'min': none, 'max': none, 'stale_above': none} %}
    {% for name, subject in subjects.items() if subject %}
        {% set at = path ~ ' › ' ~ name %}
        {% set said = dict(none_said, **subject) %}
        {% set type = said['type'] or 'numeric' %}
        {% set low = said['min'] %}
        {% set high = said['max'] %}
        {% set stale = said['stale_above'] %}
        {% if 'sql' in subject and 'column' in subject %}
            {% do model_monitor._problem(
                problems, at, 'both sql and column are given', 'one of them'
            ) %}
        {% endif %}
        {% if type != 'numeric' %}
            {% for key in ['min', 'max', 'stale_above'] if key in subject %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'only a numeric subject has this',
                    'type: numeric, or leave it out', 'type ' ~ type
                ) %}
            {% endfor %}
        {% elif low is not none and high is not none and low > high %}
            {% do model_monitor._problem(
                problems, at ~ ' › min', 'min is above max', 'a number up to ' ~ high, low
            ) %}
        {% elif stale is not none and high is not none and stale >= high %}
            {% do model_monitor._problem(
                problems, at ~ ' › stale_above', 'not below max: nothing would ever be stale',
                'a number below ' ~ high, stale
            ) %}
        {% endif %}
        {% if 'values' in subject and subject['values'] is not none %}
            {% set values = subject['values'] | reject('none') | list %}
            {% if type != 'categorical' %}
                {% do model_monitor._problem(
                    problems, at ~ ' › values', 'only a categorical subject has this',
                    'type: categorical, or leave it out', 'type ' ~ type
                ) %}
            {% elif not subject['values']
                or values | unique(case_sensitive=true) | list | length < values | length %}
                {% do model_monitor._problem(
                    problems, at ~ ' › values', 'a list of different values is expected', none,
                    '[' ~ values | join(', ') ~ ']'
                ) %}
            {% endif %}
        {% endif %}
        {% if 'sla' in subject and subject['sla'] %}
            {% for key in subject['sla']
                if type == 'categorical' or (key == 'rate') != (type == 'boolean') %}
                {% do model_monitor._problem(
                    problems, at ~ ' › sla › ' ~ key, 'a ' ~ type ~ ' subject has no such figure',
                    'rate for a boolean; mean, min, max and quantiles such as p95 for a number'
                ) %}
            {% endfor %}
            {% for key, limit in subject['sla'].items() if limit is number and limit <= 0 %}
                {% do model_monitor._problem(
                    problems, at ~ ' › sla › ' ~ key, 'a limit above 0 is expected', none, limit
                ) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{#- Checks that no two subjects of the predictions have the same name. -#}
{% macro _check_names(monitor, path, problems) %}
    {% set seen = {} %}
    {% set predictions = monitor.get('predictions') or {} %}
    {% for key in ['decision', 'confidence'] if key in predictions %}
        {% do seen.update({key: 'predictions'}) %}
    {% endfor %}
    {% for group in ['scores', 'features', 'operations', 'embeddings'] if monitor.get(group) %}
        {% for name in monitor[group] %}
            {% if name in seen %}
                {% do model_monitor._problem(
                    problems, path ~ ' › ' ~ group ~ ' › ' ~ name,
                    'the name is taken under ' ~ seen[name], 'a name of its own'
                ) %}
            {% else %}
                {% do seen.update({name: group}) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {% set groups = [] %}
    {% for group in ['scores', 'features', 'operations'] if monitor.get(group) %}
        {% do groups.append(monitor[group]) %}
    {% endfor %}
    {% if not model_monitor.names_are_exact() %}
        {% do model_monitor._check_cases(monitor, groups, path, problems) %}
    {% endif %}
    {% set protected = (monitor.get('protected_slices') or []) | reject('none') | list %}
    {% do model_monitor._check_slices(
        (monitor.get('slices') or []) | map(attribute='columns') | list, groups,
        path ~ ' › slices', problems
    ) %}
    {% do model_monitor._check_slices(
        [protected], groups, path ~ ' › protected_slices', problems
    ) %}
    {#- the cells of a combination add up to its groups and would disclose suppressed ones -#}
    {% for slice in monitor.get('slices') or [] if slice['columns'] | length > 1 %}
        {% for column in slice['columns'] if column in protected %}
            {% do model_monitor._problem(
                problems, path ~ ' › slices', 'a combination with a protected column',
                'a protected column alone', slice['columns'] | join('+')
            ) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{#- Checks that no two names mean the same column where an engine ignores upper and lower case. -#}
{% macro _check_cases(monitor, groups, path, problems) %}
    {% set spelt = {} %}
    {% set columns = [] %}
    {% for group in groups %}
        {% for name, subject in group.items() if not (subject and 'sql' in subject) %}
            {% do columns.append((subject or {}).get('column') or name) %}
        {% endfor %}
    {% endfor %}
    {% for slice in monitor.get('slices') or [] %}
        {% do columns.extend(slice['columns']) %}
    {% endfor %}
    {% for column in columns | unique(case_sensitive=true) %}
        {% if column | lower in spelt %}
            {% do model_monitor._problem(
                problems, path, 'the same column written in two ways, which ' ~ target.type
                ~ ' cannot tell apart', 'one spelling', spelt[column | lower] ~ ', ' ~ column
            ) %}
        {% else %}
            {% do spelt.update({column | lower: column}) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{#- Checks that slices are columns of the log. `groups` are its subjects; some are expressions. -#}
{% macro _check_slices(slices, groups, path, problems) %}
    {% for columns in slices %}
        {% for column in columns %}
            {% for group in groups
                if group.get(column) and ('sql' in group[column] or 'column' in group[column]) %}
                {% do model_monitor._problem(
                    problems, path, 'a slice is a column of the log, and ' ~ column
                    ~ ' is the name of a subject with an expression or a column of another name',
                    'the name of a column', column
                ) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
{% endmacro %}
