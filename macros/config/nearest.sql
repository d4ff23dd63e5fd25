{#- The valid words, most similar to the given one first. `best` is set only if the intent is clear. -#}
{% macro _nearest(word, valid) %}
    {% set found = namespace(best=model_monitor._closest(word, valid, 3)) %}
    {% set word = word | string | lower %}
    {% for candidate in valid %}
        {% if found.best is none and [word | length, candidate | length] | min >= 3
            and (candidate.startswith(word) or word.startswith(candidate)) %}
            {% set found.best = candidate %}
        {% endif %}
    {% endfor %}
    {% set rest = valid | reject('equalto', found.best) | list %}
    {{ return({
        'best': found.best,
        'ordered': rest if found.best is none else [found.best] + rest,
    }) }}
{% endmacro %}

{#- The valid word that differs least, or none: at most one letter in so many may differ. -#}
{% macro _closest(word, valid, letters) %}
    {% set found = namespace(best=none, distance=99) %}
    {% set word = word | string | lower %}
    {% for candidate in valid %}
        {% set length = candidate | length %}
        {% set limit = [1, length // letters] | max %}
        {% if (word | length - length) | abs <= limit and word | length <= 60 %}
            {% set distance = model_monitor._edit_distance(word, candidate | lower) %}
            {% if distance <= limit and distance < found.distance %}
                {% set found.best = candidate %}
                {% set found.distance = distance %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {{ return(found.best) }}
{% endmacro %}

{#- The edit distance of two words: insertions, deletions, substitutions and swaps of neighbours. -#}
{% macro _edit_distance(a, b) %}
    {% set rows = [range(b | length + 1) | list] %}
    {% for x in a %}
        {% set i = loop.index0 %}
        {% set above = rows[-1] %}
        {% set row = [i + 1] %}
        {% for y in b %}
            {% set j = loop.index0 %}
            {% set changed = above[j] if x == y else above[j] + 1 %}
            {% do row.append([above[j + 1] + 1, row[j] + 1, changed] | min) %}
            {% if i and j and x == b[j - 1] and y == a[i - 1] %}
                {% do row.append([row.pop(), rows[i - 1][j - 1] + 1] | min) %}
            {% endif %}
        {% endfor %}
        {% do rows.append(row) %}
    {% endfor %}
    {{ return(rows[-1][-1]) }}
{% endmacro %}
