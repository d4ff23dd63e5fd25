{#- The clean form of a scalar value; none, with a problem noted, if it is wrong. -#}
{% macro _config_scalar(value, type, path, problems) %}
    {% set wrong = namespace(what=none, valid=none) %}
    {% set clean = namespace(value=value) %}
    {% if type == 'slices' %}
        {{ return(model_monitor._config_slices(value, path, problems)) }}
    {% elif type == 'correlations' %}
        {{ return(model_monitor._config_correlations(value, path, problems)) }}
    {% elif value is string and modules.re.search('[{][{%#]', value) %}
        {% set wrong.what = 'there is no Jinja in the configuration' %}
        {% set wrong.valid = 'plain text' %}
    {% elif value is none %}
        {% set wrong.what = 'a value is missing' %}
    {% elif type == 'pair' %}
        {% if value is string or value is mapping or value is not sequence or value | length != 2 %}
            {% set wrong.what = 'two names are expected' %}
        {% else %}
            {% for part in value if part is not string or not part | trim
                or modules.re.search('[{][{%#]', part) %}
                {% set wrong.what = model_monitor._yaml_surprise(part, 'two names are expected') %}
            {% endfor %}
        {% endif %}
        {% set wrong.valid = '[project, model]' if path.endswith(' ref') else '[source, table]' %}
    {% elif type == 'worth' and value is string and modules.re.fullmatch(
        '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?', value | trim
    ) %}
        {#- a number in quotes, or one that YAML takes for a text, such as 1e6 -#}
        {{ return(model_monitor._config_scalar(value | trim | float, 'number', path, problems)) }}
    {% elif type == 'worth' and (value is boolean or (value is not string and value is not number)) %}
        {% set wrong.what = 'a number or SQL is expected'
            ~ ('; YAML reads yes, no, on and off as booleans' if value is boolean else '') %}
        {% set wrong.valid = 'such as -4 or "amount * 0.9"' %}
    {% elif type in ('text', 'name', 'column', 'sql', 'label', 'prefix', 'page', 'url')
        or (type == 'worth' and value is string) %}
        {% if (type == 'sql' and value is number and value is not boolean)
            or (type == 'label' and value is integer) %}
            {% set clean.value = value | string %}
        {% elif value is not string %}
            {% set wrong.what = model_monitor._yaml_surprise(value, 'text is expected') %}
        {% elif not value | trim %}
            {% set wrong.what = 'it is empty' %}
        {% elif type == 'name' and not modules.re.fullmatch('[a-z0-9_]+', value) %}
            {% set wrong.what = 'not a name' %}
            {% set wrong.valid = 'a-z, 0-9 and _' %}
        {% elif type == 'prefix'
            and not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*_', value) %}
            {% set wrong.what = 'not a prefix of environment variable names' %}
            {% set wrong.valid = 'letters, digits and _, with _ at the end, such as ALERTS_' %}
        {% elif type == 'page' and '{page}' not in value %}
            {% set wrong.what = '{page} is missing' %}
            {% set wrong.valid = 'an address with {page}, such as https://docs.example.com/{page}.html' %}
        {% elif type == 'url' and not modules.re.fullmatch('https?://[^\\s"<>|#]+', value) %}
            {% set wrong.what = 'not the address of a web page' %}
            {% set wrong.valid = 'an address such as https://reports.example.com/report.html' %}
        {% elif type == 'column' and modules.re.search('[\'"`;\n]|\\w[(]', value) %}
            {% set wrong.what = 'an expression where a column is expected' %}
            {% set wrong.valid = 'the name of a column, without quotes' %}
        {% endif %}
    {% elif type == 'flag' %}
        {% if value is not boolean %}
            {% set wrong.what = 'a boolean is expected' %}
            {% set wrong.valid = 'true, false (without quotes)' %}
        {% endif %}
    {% elif type == 'date' %}
        {% if value is string and value | length == 10 and model_monitor._is_date(value) %}
        {% elif model_monitor._is_date_value(value) and value.hour is not defined
            and model_monitor._is_date(value.isoformat()) %}
            {% set clean.value = value.isoformat() %}
        {% else %}
            {% set wrong.what = 'not a day of the calendar' %}
            {% set wrong.valid = 'a date such as 2026-01-31' %}
        {% endif %}
    {% elif type in ('duration', 'days') %}
        {% set clean.value = model_monitor._duration_seconds(value) %}
        {% if clean.value is none %}
            {% set wrong.what = 'not a duration' %}
            {% set wrong.valid = 'minutes, hours or days, such as 30m, 2h, 7d' %}
        {% elif type == 'days' %}
            {% if clean.value < 86400 or clean.value % 86400 %}
                {% set wrong.what = 'whole days are expected' %}
                {% set wrong.valid = 'such as 70d' %}
            {% else %}
                {% set clean.value = clean.value // 86400 %}
            {% endif %}
        {% endif %}
    {% elif value is not number or value is boolean or not -1e100 < value < 1e100 %}
        {% set wrong.what = 'a number is expected'
            ~ ('; YAML reads yes, no, on and off as booleans' if value is boolean else '') %}
        {% set wrong.valid = 'a number without quotes (1000000.0 rather than 1e6)' %}
    {% elif type == 'share' and not 0 <= value <= 1 %}
        {% set wrong.what = 'outside 0 to 1' %}
        {% set wrong.valid = 'a number from 0 to 1' %}
    {% elif type == 'amount' and value < 0 %}
        {% set wrong.what = 'negative' %}
        {% set wrong.valid = 'a number not below 0' %}
    {% elif type == 'positive' and value <= 0 %}
        {% set wrong.what = 'not above 0' %}
        {% set wrong.valid = 'a number above 0' %}
    {% elif type == 'count' and (value is not integer or not 1 <= value <= 1000000000) %}
        {% set wrong.what = 'a whole number above 0 is expected' %}
        {% set wrong.valid = 'such as 1, 20, 500' %}
    {% endif %}
    {% if wrong.what is not none %}
        {% do model_monitor._problem(
            problems, path, wrong.what, wrong.valid, model_monitor._shown(value)
        ) %}
        {{ return(none) }}
    {% endif %}
    {{ return(clean.value) }}
{% endmacro %}

{#-
    Slices as [{name, columns}], single columns first; each entry is a column or a list of two or
    three.
-#}
{% macro _config_slices(value, path, problems) %}
    {% set valid = 'a list such as [region, device, [region, device]]' %}
    {% if value is string or value is mapping or value is not sequence %}
        {% do model_monitor._problem(
            problems, path, 'a list is expected', valid, model_monitor._shown(value)
        ) %}
        {{ return([]) }}
    {% endif %}
    {% set singles = [] %}
    {% set combinations = [] %}
    {% set seen = [] %}
    {% for item in value %}
        {% set item_path = path ~ '[' ~ loop.index0 ~ ']' %}
        {% set is_list = item is sequence and item is not string and item is not mapping %}
        {% set columns = [] %}
        {% for column in (item if is_list else [item]) %}
            {% set name = model_monitor._config_name(column, true, item_path, problems) %}
            {% if name is not none and '+' in name %}
                {% do model_monitor._problem(
                    problems, item_path, 'a slice with + in its name reads like a combination',
                    'a column that one of your models renames', model_monitor._shown(name)
                ) %}
            {% elif name is not none %}
                {% do columns.append(name) %}
            {% endif %}
        {% endfor %}
        {% set key = columns | sort | join('+') %}
        {% if is_list and not 2 <= item | length <= 3 %}
            {% do model_monitor._problem(
                problems, item_path, 'a combination has two or three columns', valid,
                model_monitor._shown(item)
            ) %}
        {% elif columns | unique | list | length < columns | length %}
            {% do model_monitor._problem(
                problems, item_path, 'a column is combined with itself', none, columns | join(', ')
            ) %}
        {% elif key in seen %}
            {% do model_monitor._problem(problems, item_path, 'listed twice', none, key) %}
        {% elif columns and columns | length == (item | length if is_list else 1) %}
            {% do seen.append(key) %}
            {% do (combinations if is_list else singles).append(
                {'name': columns | join('+'), 'columns': columns}
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(singles + combinations) }}
{% endmacro %}

{#- Correlations: {top: 10}, or a list of pairs of subjects. -#}
{% macro _config_correlations(value, path, problems) %}
    {% set valid = '{top: 10}, or a list of pairs such as [[a, b], [a, c]]' %}
    {% if value is mapping and value.keys() | list == ['top'] %}
        {% set top = model_monitor._config_scalar(
            value['top'], 'count', path ~ ' › top', problems
        ) %}
        {{ return(none if top is none else {'top': top}) }}
    {% elif value is string or value is mapping or value is not sequence %}
        {% do model_monitor._problem(
            problems, path, 'not a choice of pairs', valid, model_monitor._shown(value)
        ) %}
        {{ return(none) }}
    {% endif %}
    {% set pairs = [] %}
    {% for pair in value %}
        {% set ok = pair is sequence and pair is not string and pair is not mapping
            and pair | length == 2 and pair | select('string') | list | length == 2
            and pair[0] != pair[1] %}
        {% if ok and pair | sort not in pairs %}
            {% do pairs.append(pair | sort) %}
        {% else %}
            {% do model_monitor._problem(
                problems, path ~ '[' ~ loop.index0 ~ ']',
                'a pair is listed twice' if ok else 'not a pair of two different subjects', valid,
                model_monitor._shown(pair)
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(pairs) }}
{% endmacro %}
