{# The channels that there are: those of python/model_monitor/delivery/channels.py. #}
{% macro contact_channels() %}
    {{ return(['alertmanager', 'apprise', 'pagerduty', 'slack', 'webhook']) }}
{% endmacro %}

{#
    Whether a text may be the name of an environment variable: letters, digits and underscores. A long
    one without an underscore is taken for a key that was pasted.
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
    Whether a text names a variable that may hold an address: any other one may hold a password, which
    a row of contacts must not be able to send away. policy: address_prefixes has the beginnings.
#}
{% macro may_hold_address(text) -%}
(
    {{ model_monitor.names_variable(text) | indent(4) }}
    and {{ model_monitor.has_address_prefix(text) | indent(4) }}
)
{%- endmacro %}

{# Whether a text names a variable, and none that may hold an address. #}
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

{# How grave a severity is, as a number. #}
{% macro severity_rank(severity) -%}
case {{ severity }} when 'critical' then 3 when 'warn' then 2 else 1 end
{%- endmacro %}

{# Whether an alert, or an incident, is one that a contact hears of: of a monitor, an owner, so grave. #}
{% macro fits_contact(told, contact) -%}
{{ model_monitor.fits_pattern(told ~ '.monitor', contact ~ '.monitor') }}
        and {{ model_monitor.fits_pattern("coalesce(" ~ told ~ ".owner, '')", contact ~ '.owner') }}
        and {{ model_monitor.severity_rank(told ~ '.severity') }} >= {{ model_monitor.severity_rank(contact ~ '.severity') }}
{%- endmacro %}

{#
    Who hears it: a contact who moves to another channel or another address is another receiver, and
    so is one of two rows with the same contact_id. `prefix` is the relation's, with its dot.
#}
{% macro receiver(prefix='') -%}
coalesce({{ prefix }}contact_id, '') || '|' || coalesce({{ prefix }}channel, '') || '|'
    || coalesce({{ prefix }}address_variable, '')
{%- endmacro %}

{#
    The name of a transition: the same in every run, so that who is told twice can drop one. Over the
    columns told_as, receiver, transition and episode of a relation.
#}
{% macro transition_name(relation, severity) -%}
{{ dbt.hash(
    relation ~ ".told_as || '|' || " ~ relation ~ ".receiver || '|' || " ~ relation ~ ".transition"
    ~ " || '|' || case when " ~ relation ~ ".transition = 'resolved' then '' else " ~ severity
    ~ " end || '|' || cast(" ~ relation ~ ".episode as " ~ model_monitor.type_text() ~ ")"
) }}
{%- endmacro %}

{#
    How many times a receiver has been told that an alert begins, over the rows of monitor_outbox. Of
    rows that were written before they were numbered: one more than had ended by an earlier run.
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
