{{ model_monitor.table_model() }}
{#- The versions that serve beside the registry. A window is compared with the registry if the same
    champion was registered during all of it. A registry without dates is compared with the latest
    windows alone: nobody knows since when it holds. -#}
{%- set text = model_monitor.type_text() %}
{%- set window = ['monitor', 'window_name', 'window_start', 'window_end'] %}
{%- set served = window + ['model_version'] %}
{%- set always = "cast('1900-01-01' as timestamp)" %}
{%- set serving_stages = model_monitor.word_literals(model_monitor.serving_stages()) %}
{%- set other_stages = model_monitor.word_literals(model_monitor.idle_stages()) %}

with noted as (

    {{ model_monitor.policy_rows('versions', [
        ['monitor', text],
        ['model_version', text],
        ['stage', text],
        ['deployed_at', 'timestamp'],
        ['valid_from', 'timestamp'],
    ]) | indent(4) }}

),

known_rows as (

    select
        monitor,
        model_version,
        valid_from,
        greatest(valid_from, deployed_at) as in_force_from,
        max(lower(trim(stage))) as stage
    from noted
    where coalesce(valid_from, {{ always }}) <= {{ model_monitor.as_of_timestamp() }}
    group by monitor, model_version, valid_from, greatest(valid_from, deployed_at)

),

spans as (

    select
        monitor,
        model_version,
        stage,
        in_force_from,
        coalesce(
            lead(coalesce(in_force_from, {{ always }})) over (
                partition by monitor, model_version
                order by
                    coalesce(in_force_from, {{ always }}),
                    coalesce(valid_from, {{ always }})
            ),
            cast('9999-12-31' as timestamp)
        ) as in_force_until
    from known_rows

),

monitors as (

    select
        monitors.monitor,
        monitors.champion,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
    where monitors.monitor in (select spans.monitor from spans)

),

-- a champion that the configuration names serves since the registry says that it was deployed
champion_spans as (

    select
        monitors.monitor,
        spans.model_version,
        spans.in_force_from,
        spans.in_force_until
    from monitors
    inner join spans
        on monitors.monitor = spans.monitor
    where monitors.champion = 'registry'
        and spans.stage = 'champion'

    union all

    select
        monitors.monitor,
        monitors.champion as model_version,
        min(spans.in_force_from) as in_force_from,
        cast('9999-12-31' as timestamp) as in_force_until
    from monitors
    left join spans
        on monitors.monitor = spans.monitor
        and monitors.champion = spans.model_version
    where monitors.champion <> 'registry'
    group by monitors.monitor, monitors.champion

),

-- a log without a version column has nothing to compare
counts as (

    select
        {{ model_monitor.listed_columns('metrics', served) }},
        metrics.row_count
    from {{ ref('model_monitor', 'monitor_metrics') }} as metrics
    where metrics.log = 'predictions'
        and metrics.metric = 'volume'
        and metrics.role = 'live'
        and metrics.slice_name = '(all)'
        and metrics.model_version not in ('(all)', 'unversioned')
        and metrics.row_count > 0
        and metrics.monitor in (select monitors.monitor from monitors)

),

windows as (

    select
        {{ model_monitor.listed_columns('', window) }},
        sum(row_count) as row_count,
        max(window_start) over (partition by monitor, window_name) as latest_start
    from counts
    group by {{ model_monitor.listed_columns('', window) }}

),

champions as (

    select
        {{ model_monitor.listed_columns('windows', window) }},
        champion_spans.model_version
    from windows
    inner join champion_spans
        on windows.monitor = champion_spans.monitor
        and coalesce(champion_spans.in_force_from, windows.latest_start) <= windows.window_start
        and champion_spans.in_force_until >= windows.window_end
    group by {{ model_monitor.listed_columns('windows', window) }}, champion_spans.model_version

),

-- the champion has a row even if it serves nothing
versions as (

    select
        {{ model_monitor.listed_columns('', served) }},
        max(row_count) as row_count,
        max(is_champion) as is_champion
    from (
        select
            {{ model_monitor.listed_columns('', served) }},
            row_count,
            0 as is_champion
        from counts

        union all

        select
            {{ model_monitor.listed_columns('', served) }},
            0 as row_count,
            1 as is_champion
        from champions
    ) as each_version
    group by {{ model_monitor.listed_columns('', served) }}

),

-- a stage that ended within the window counts too: its rows were expected then
registered as (

    select
        {{ model_monitor.listed_columns('versions', served) }},
        max(case when spans.in_force_until >= versions.window_end then spans.stage end)
            as registered_stage,
        max(case when spans.stage in ({{ serving_stages }}) then 1 else 0 end) as may_serve,
        max(case
            when spans.model_version is null or spans.stage in ({{ other_stages }}) then 0 else 1
        end) as may_be_expected
    from versions
    left join spans
        on versions.monitor = spans.monitor
        and versions.model_version = spans.model_version
        and coalesce(spans.in_force_from, {{ always }}) < versions.window_end
        and spans.in_force_until > versions.window_start
    group by {{ model_monitor.listed_columns('versions', served) }}

),

compared as (

    select
        {{ model_monitor.listed_columns('versions', served) }},
        versions.row_count,
        versions.is_champion,
        windows.row_count as window_row_count,
        monitors.min_cell,
        registered.registered_stage,
        max(versions.is_champion) over by_window as has_champion,
        max(case when versions.is_champion = 1 then versions.row_count end) over by_window
            as champion_row_count,
        sum(case
            when versions.is_champion = 1 and versions.row_count >= monitors.min_cell then 1 else 0
        end) over by_window as serving_champion_count,
        case
            when versions.is_champion = 1 or registered.may_serve = 1 then true
            when registered.may_be_expected = 0 then false
        end as is_expected
    from versions
    inner join windows
        on {{ model_monitor.joined_on('versions', 'windows', window) }}
    inner join registered
        on {{ model_monitor.joined_on('versions', 'registered', served) }}
    inner join monitors
        on versions.monitor = monitors.monitor
    window by_window as (
        partition by {{ model_monitor.listed_columns('versions', window) }}
    )

),

final as (

    select
        monitor,
        model_version,
        window_name,
        window_start,
        window_end,
        cast(row_count as bigint) as row_count,
        cast(
            {{ model_monitor.safe_divide('row_count', 'window_row_count') }}
            as {{ model_monitor.type_double() }}
        ) as traffic_share,
        registered_stage,
        case when has_champion = 1 then is_expected end as is_expected,
        cast(case
            when has_champion = 0 or window_row_count < min_cell then null
            when is_champion = 1 and champion_row_count = 0 then 'missing_champion'
            when row_count < min_cell then null
            when is_champion = 1 and serving_champion_count > 1 then 'two_live'
            when not is_expected then 'unexpected_version'
        end as {{ text }}) as problem
    from compared

)

select * from final
