{# The supported channels: those of python/model_monitor/delivery/channels.py. #}
{% macro contact_channels() %}
    {{ return(['alertmanager', 'apprise', 'pagerduty', 'slack', 'webhook']) }}
{% endmacro %}

{#
    Whether a text can be the name of an environment variable: letters, digits and underscores. A
    long text without an underscore is treated as a pasted key.
#}
{% macro names_variable(text) -%}
(
    coalesce({{ text }}, '') <> ''
    and translate(
        upper({{ text }}), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_', ''
    ) = ''
    and substr({{ text }}, 1, 1) not in ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    and (length({{ text }}) < 20 or position('_' in {{ text }}) > 0)
)
{%- endmacro %}

{#
    Whether a text names a variable that may hold an address. Any other variable may hold a
    password, which a row of contacts must not be able to send away. `policy: address_prefixes` has
    the prefixes.
#}
{% macro may_hold_address(text) -%}
(
    {{ model_monitor.names_variable(text) | indent(4) }}
    and {{ model_monitor.has_address_prefix(text) | indent(4) }}
)
{%- endmacro %}

{# Whether a text names a variable that may not hold an address. #}
{% macro is_other_variable(text) -%}
(
    {{ model_monitor.names_variable(text) | indent(4) }}
    and not {{ model_monitor.has_address_prefix(text) | indent(4) }}
)
{%- endmacro %}

{% macro has_address_prefix(text) -%}
{%- set begins = [] -%}
{%- for prefix in model_monitor.address_prefixes() -%}
    {%- do begins.append('substr(' ~ text ~ ', 1, ' ~ prefix | length ~ ") = '" ~ prefix ~ "'") -%}
{%- endfor -%}
(
    {{ begins | join('\n    or ') }}
)
{%- endmacro %}

{% macro address_prefixes() %}
    {{ return(model_monitor.configuration()['address_prefixes']) }}
{% endmacro %}

{#
    Whether an alert shows an effect on predictions or business. Estimates precede labels, and missing
    labels are not yet an effect.
#}
{% macro is_impact() -%}
(layer in ('performance', 'business') and family not in ('estimates', 'labels'))
{%- endmacro %}

{#
    A column of the earlier rows of monitor_outbox, which may be older than the column. `prefix` is the
    relation's name with its dot.
#}
{% macro earlier_text(outbox, column, prefix) -%}
{%- set names = (model_monitor.columns_of(outbox) or []) | map(attribute='name') | map('lower') -%}
{{ prefix ~ column if column in names
    else 'cast(null as ' ~ model_monitor.type_text() ~ ') as ' ~ column }}
{%- endmacro %}

{# The severity as a number, for comparisons. #}
{% macro severity_rank(severity) -%}
case {{ severity }} when 'critical' then 3 when 'warn' then 2 else 1 end
{%- endmacro %}

{# Whether a contact receives an alert or an incident: its monitor, owner and severity fit. #}
{% macro fits_contact(told, contact) -%}
{{ model_monitor.fits_pattern(told ~ '.monitor', contact ~ '.monitor') }}
        and {{ model_monitor.fits_pattern("coalesce(" ~ told ~ ".owner, '')", contact ~ '.owner') }}
        and {{ model_monitor.severity_rank(told ~ '.severity') }} >= {{ model_monitor.severity_rank(contact ~ '.severity') }}
{%- endmacro %}

{#
    The identity of a receiver: a contact with a new channel or address is a new receiver, and so is
    one of two rows with the same contact_id. `prefix` is the relation's name with its dot.
#}
{% macro receiver(prefix='') -%}
coalesce({{ prefix }}contact_id, '') || '|' || coalesce({{ prefix }}channel, '') || '|'
    || coalesce({{ prefix }}address_variable, '')
{%- endmacro %}

{#
    The name of a transition. It is the same in every run, so a receiver who is notified twice can
    drop one notification. Uses the columns told_as, receiver, transition and episode of a relation.
#}
{% macro transition_name(relation, severity) -%}
{{ dbt.hash(
    relation ~ ".told_as || '|' || " ~ relation ~ ".receiver || '|' || " ~ relation ~ ".transition"
    ~ " || '|' || case when " ~ relation ~ ".transition = 'resolved' then '' else " ~ severity
    ~ " end || '|' || cast(" ~ relation ~ ".episode as " ~ model_monitor.type_text() ~ ")"
) }}
{%- endmacro %}

{#
    How many times a receiver has been notified of the onset of an alert, over the rows of
    monitor_outbox. For rows older than the column `episode`: one more than the number of episodes
    that earlier runs resolved.
#}
{% macro told_episode(outbox) -%}
{%- set of_alert = 'partition by alert_id, contact_id, channel, address_variable' -%}
{%- set over = "sum(case when transition = 'resolved' then 1 else 0 end) over (" -%}
{%- set counted -%}
cast(
            1 + {{ over }}{{ of_alert }} order by as_of)
            - {{ over }}{{ of_alert }}, as_of) as integer
        )
{%- endset -%}
{%- set names = (model_monitor.columns_of(outbox) or []) | map(attribute='name') | map('lower') -%}
{%- if 'episode' in names -%}
coalesce(episode, {{ counted }})
{%- else -%}
{{ counted }}
{%- endif -%}
{%- endmacro %}
