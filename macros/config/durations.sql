{#- The seconds of a duration such as 30m, 2h or 7d; anything else is an error. -#}
{% macro duration_seconds(text) %}
    {% set seconds = model_monitor._duration_seconds(text) %}
    {% if seconds is none %}
        {% do exceptions.raise_compiler_error(
            'model_monitor.duration_seconds: not a duration. Valid: minutes, hours or days, '
            ~ 'such as 30m, 2h, 7d. Got: ' ~ model_monitor._shown(text) ~ '.'
        ) %}
    {% endif %}
    {{ return(seconds) }}
{% endmacro %}

{#- The seconds of a duration; none where the text is not a duration. -#}
{% macro _duration_seconds(text) %}
    {% if text is string and modules.re.fullmatch('[0-9]{1,6}[mhd]', text) %}
        {{ return((text[:-1] | int) * {'m': 60, 'h': 3600, 'd': 86400}[text[-1]]) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{#-
    An instant as 'YYYY-MM-DD HH:MM:SS.ffffff' in UTC; none for anything else. It accepts ISO text
    (a date, or a date and a time with Z, an offset or neither, which means UTC) and a value that
    YAML reads as a date or a time.
-#}
{% macro _instant(value) %}
    {% if value is string %}
        {% set found = modules.re.fullmatch(
            '([0-9]{4})-([0-9]{2})-([0-9]{2})'
            ~ '(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?'
            ~ ' ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?',
            value | trim
        ) %}
        {% if not found or not model_monitor._is_date(value | trim) %}
            {{ return(none) }}
        {% endif %}
        {% set hour = found.group(4) | int %}
        {% set minute = found.group(5) | int %}
        {% set second = found.group(6) | int %}
        {% set offset = found.group(8) or 'Z' %}
        {% set sign = -1 if offset[0] == '-' else 1 %}
        {% set offset_hours = offset[1:3] | int %}
        {% set offset_minutes = offset[-2:] | int if offset | length > 3 else 0 %}
        {% if hour > 23 or minute > 59 or second > 59 or offset_hours > 15 or offset_minutes > 59 %}
            {{ return(none) }}
        {% endif %}
        {% set local = modules.datetime.datetime(
            found.group(1) | int, found.group(2) | int, found.group(3) | int, hour, minute, second,
            ((found.group(7) or '') ~ '000000')[:6] | int
        ) %}
        {% set shift = modules.datetime.timedelta(
            minutes=sign * (offset_hours * 60 + offset_minutes)
        ) %}
        {{ return(model_monitor._in_utc(local - shift)) }}
    {% elif model_monitor._is_date_value(value) and 1900 <= value.year <= 2999 %}
        {{ return(model_monitor._in_utc(value)) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{#- A date or a time as the text of an instant; without a zone it is in UTC. -#}
{% macro _in_utc(moment) %}
    {% if moment.tzinfo is defined and moment.tzinfo is not none %}
        {% set moment = moment.astimezone(modules.pytz.utc) %}
    {% endif %}
    {{ return(moment.strftime('%Y-%m-%d %H:%M:%S.%f')) }}
{% endmacro %}

{#- Whether YAML read a date or a time: what is no text, number, list or mapping. -#}
{% macro _is_date_value(value) %}
    {{ return(
        value is not none and value is not string and value is not number and value is not boolean
        and value is not iterable
    ) }}
{% endmacro %}

{#- Does the text start with a valid calendar day, as YYYY-MM-DD (1900 to 2999)? -#}
{% macro _is_date(text) %}
    {% set shape = '(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' %}
    {% if not modules.re.match(shape, text) %}
        {{ return(false) }}
    {% endif %}
    {% set year = text[:4] | int %}
    {% set leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 %}
    {% set days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {{ return(text[8:10] | int <= days[(text[5:7] | int) - 1]) }}
{% endmacro %}
