{#-
    Walks a value along its type (see shapes.sql): notes every problem and returns a clean copy in
    which every value has the right type. Later checks (checks.sql) therefore need no type checks
    and still find all other problems. In the copy a missing key is absent, and a wrong value is
    none.

    One recursive loop handles all values, without a macro or method call per valid value: a
    configuration may hold tens of thousands of them, and every model that loops over monitors reads
    it.
-#}
{% macro _config_walk(raw, type, path, problems) %}
    {% set shapes = model_monitor._config_shapes() %}
    {% set name = model_monitor._config_name_pattern() %}
    {% set names_only = name ~ '(?:\n' ~ name ~ ')*' %}
    {% set root = {} %}
    {#- `into` receives the clean value: a mapping under a key, or a list (no key) -#}
    {% for value, type, path, into, key in [[raw, type, path, root, 'clean']] recursive %}
        {% set children = [] %}
        {% set clean = none %}
        {% if type is string %}
            {% set clean = model_monitor._config_scalar(value, type, path, problems) %}
        {% elif 'a' in type and value is not mapping %}
            {% do model_monitor._problem(
                problems, path, 'a mapping is expected',
                shapes[type['a']]['keys'] | list, model_monitor._shown(value)
            ) %}
        {% elif 'a' in type %}
            {% set shape = shapes[type['a']] %}
            {% set keys = shape['keys'] %}
            {% set clean = dict(value) %}
            {% for name, item in value.items() %}
                {% set of = keys[name] if name in keys else none %}
                {% if of is none %}
                    {% do clean.pop(name) %}
                    {% set meant = model_monitor._config_unknown(
                        name, value, keys, path, problems
                    ) %}
                    {#-
                        treat it as the key that was meant, so that this key is not reported missing
                        too
                    -#}
                    {% if meant is not none and item is not none and meant not in clean %}
                        {% do children.append([
                            item, keys[meant],
                            path ~ ' › ' ~ (name if name is string else meant), clean, meant,
                        ]) %}
                        {% do clean.update({meant: none}) %}
                    {% endif %}
                {% elif item is none %}
                    {% do clean.pop(name) %}
                {% elif item is string and 'choice' in of and item in of['choice'] %}
                {% elif of == 'flag' and item is boolean %}
                {% elif item is number and (of == 'number' or (of == 'amount' and item >= 0))
                    and item is not boolean and -1e100 < item < 1e100 %}
                {% else %}
                    {% do children.append([item, of, path ~ ' › ' ~ name, clean, name]) %}
                {% endif %}
            {% endfor %}
            {% for name in shape['required'] if name not in clean %}
                {% do model_monitor._problem(problems, path ~ ' › ' ~ name, 'missing') %}
            {% endfor %}
            {% if 'relation' in shape %}
                {% if 'source' in clean and 'ref' in clean %}
                    {% do model_monitor._problem(
                        problems, path, 'both source and ref are given', 'one of them'
                    ) %}
                {% elif shape['relation'] == 'required' and 'source' not in clean
                    and 'ref' not in clean %}
                    {% do model_monitor._problem(
                        problems, path, 'no relation is named',
                        'source: [source, table] or ref: [project, model]'
                    ) %}
                {% endif %}
            {% endif %}
        {% elif 'choice' in type %}
            {% if value is string and value in type['choice'] %}
                {% set clean = value %}
            {% else %}
                {% do model_monitor._problem_word(
                    problems, path, model_monitor._yaml_surprise(value, 'not a valid value'), value,
                    type['choice']
                ) %}
            {% endif %}
        {% elif value is string or (value is not sequence and value is not mapping)
            or (value is mapping and 'some' not in type and 'map' not in type)
            or (value is not mapping and 'map' in type) %}
            {% do model_monitor._problem(
                problems, path,
                {
                    'some': 'a mapping of names or a list of names is expected',
                    'map': 'a mapping of names is expected',
                }.get(type | first, 'a list is expected'),
                '[' ~ type['choices'] | join(', ') ~ ']' if 'choices' in type else none,
                model_monitor._shown(value)
            ) %}
        {% elif 'choices' in type %}
            {% set clean = model_monitor._config_choices(value, type['choices'], path, problems) %}
        {% elif 'list' in type %}
            {% set clean = [] %}
            {% for item in value %}
                {#- an entry is easier to find by its name than by its number -#}
                {% set name = item['name'] if item is mapping and 'name' in item else none %}
                {% do children.append([
                    item, type['list'],
                    path ~ '[' ~ loop.index0 ~ ']'
                    ~ (' ' ~ model_monitor._shown(name) if name is string else ''),
                    clean, none,
                ]) %}
            {% endfor %}
        {% else %}
            {% set of = type['some'] if 'some' in type else type['map'] %}
            {% set clean = {} %}
            {% if not value | reject('string') | list and '\n' not in value | join
                and modules.re.fullmatch(names_only, value | join('\n')) %}
                {% set names = value | list %}
            {% else %}
                {% set names = model_monitor._config_names(value, 'some' in type, path, problems) %}
            {% endif %}
            {% for name in names %}
                {% set item = none if name is none else value[name] if value is mapping %}
                {#- an integer is also a name where any name is allowed, such as the classes 0 and 1 -#}
                {% set name = name | string if name is integer else name %}
                {% if name is none %}
                {% elif name in clean %}
                    {% do model_monitor._problem(
                        problems, path ~ '[' ~ loop.index0 ~ ']', 'listed twice', none,
                        model_monitor._shown(name)
                    ) %}
                {% else %}
                    {% do clean.update({name: none}) %}
                    {% if item is not defined or item is none %}
                        {#- a name without a value: all defaults, or the column of that name -#}
                        {% set item = {} if of is mapping else name if 'some' in type else none %}
                    {% endif %}
                    {% do children.append([item, of, path ~ ' › ' ~ name, clean, name]) %}
                {% endif %}
            {% endfor %}
        {% endif %}
        {% if key is none %}
            {% do into.append(clean) %}
        {% else %}
            {% do into.update({key: clean}) %}
        {% endif %}
        {% if children %}
            {% do loop(children) %}
        {% endif %}
    {% endfor %}
    {{ return(root['clean']) }}
{% endmacro %}

{#- Notes an unknown key; returns the key that was clearly meant, or none. -#}
{% macro _config_unknown(name, value, keys, path, problems) %}
    {#- YAML reads the key `on` as true -#}
    {% if name is sameas true and 'on' in keys %}
        {{ return('on') }}
    {% endif %}
    {% set meant = model_monitor._problem_word(
        problems, path ~ ' › ' ~ (name if name is string else model_monitor._shown(name)),
        'an unknown key'
        ~ ('; YAML reads yes, no, on and off as booleans' if name is boolean else ''),
        name, keys | list
    ) %}
    {{ return(meant if name is string and meant not in value else none) }}
{% endmacro %}

{#- The valid words among those chosen, in the order of `valid`. -#}
{% macro _config_choices(value, valid, path, problems) %}
    {% set chosen = [] %}
    {% for item in value %}
        {% set at = path ~ '[' ~ loop.index0 ~ ']' %}
        {% if item is not string or item not in valid %}
            {% do model_monitor._problem_word(
                problems, at, model_monitor._yaml_surprise(item, 'not a valid value'), item, valid
            ) %}
        {% elif item in chosen %}
            {% do model_monitor._problem(
                problems, at, 'listed twice', none, model_monitor._shown(item)
            ) %}
        {% else %}
            {% do chosen.append(item) %}
        {% endif %}
    {% endfor %}
    {% if not value %}
        {% do model_monitor._problem(
            problems, path, 'it is empty', 'leave it out, or some of ' ~ valid | join(', ')
        ) %}
    {% endif %}
    {{ return(valid | select('in', chosen) | list) }}
{% endmacro %}

{#- The valid names among keys or list entries; none for each invalid one. -#}
{% macro _config_names(value, are_columns, path, problems) %}
    {% set names = [] %}
    {% for name in value %}
        {% do names.append(model_monitor._config_name(
            name, are_columns, path if value is mapping else path ~ '[' ~ loop.index0 ~ ']', problems
        )) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#-
    A name is any text that can be a quoted column and a text in SQL: no quotes, backslashes, braces
    or line breaks, and no blank at either end.
-#}
{% macro _config_name_pattern() %}
    {% set dark = '[^\\x00-\\x20\\x7f\'"`\\\\{}]' %}
    {{ return(dark ~ '(?:[^\\x00-\\x1f\\x7f\'"`\\\\{}]*' ~ dark ~ ')?') }}
{% endmacro %}

{#-
    A valid name, or none with a problem noted. The name of a class or an outcome is a value of the
    log and not a column: any text or whole number.
-#}
{% macro _config_name(name, is_column, path, problems) %}
    {% if (is_column and name is string
            and modules.re.fullmatch(model_monitor._config_name_pattern(), name))
        or (not is_column and name is string and name | trim and '{' not in name)
        or (not is_column and name is integer) %}
        {{ return(name) }}
    {% endif %}
    {% do model_monitor._problem(
        problems, path, model_monitor._yaml_surprise(name, 'not a name'),
        'text without quotes, backslashes, braces, line breaks or blanks around it' if is_column
        else 'text without {', model_monitor._shown(name)
    ) %}
    {{ return(none) }}
{% endmacro %}
