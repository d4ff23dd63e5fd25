{#- Every category of the reference, with its bin. (other) is a bin; unseen is not listed here. -#}
{{ model_monitor.table_model() }}

with facts as (

    select
        facts.monitor,
        facts.log,
        facts.subject,
        facts.name as category,
        max(case when facts.fact = 'category' then facts.row_count else 0 end) as row_count,
        max(case when facts.fact = 'allowed' then 1 else 0 end) as is_allowed
    from {{ ref('model_monitor', 'int_monitor__reference_facts') }} as facts
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on facts.monitor = rulers.monitor
        and facts.log = rulers.log
        and facts.subject = rulers.subject
        and facts.ruler_version = rulers.ruler_version
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on facts.monitor = subjects.monitor
        and facts.log = subjects.log
        and facts.subject = subjects.subject
    where subjects.subject_type = 'categorical'
        and facts.fact in ('category', 'allowed')
        and facts.name is not null
    group by facts.monitor, facts.log, facts.subject, facts.name

),

ranked as (

    select
        facts.*,
        row_number() over (
            partition by facts.monitor, facts.log, facts.subject
            order by
                facts.is_allowed desc,
                facts.row_count desc,
                {{ model_monitor.text_order('facts.category') }} asc
        ) - 1 as category_rank,
        max(facts.is_allowed) over (
            partition by facts.monitor, facts.log, facts.subject
        ) as has_allowed
    from facts

),

final as (

    select
        ranked.monitor,
        ranked.log,
        ranked.subject,
        ranked.category,
        cast(least(ranked.category_rank, monitors.categories) as integer) as bin,
        ranked.category_rank < monitors.categories as is_kept,
        ranked.has_allowed = 1 and ranked.is_allowed = 0 as is_out_of_range
    from ranked
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on ranked.monitor = monitors.monitor

)

select * from final
