{#
    The values that at least 1% of the rows of the reference have, of the rows that have a value. A
    rarer value is missing by chance on a short day. `series` are the series to look at, with
    min_cell, and `catalogues` the values of their rulers, with bins.
#}
{% macro frequent_category_rows() -%}
with reference_counts as (

    select
        series_id,
        ruler_version,
        bin,
        sum(row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__reference_bins') }}
    where series_id in (select series_id from series)
        and (bin >= 0 or bin in (-1, -9))
    group by series_id, ruler_version, bin

),

reference_rows as (

    select
        series_id,
        ruler_version,
        sum(case when bin = -9 then row_count else -row_count end) as value_count
    from reference_counts
    where bin in (-1, -9)
    group by series_id, ruler_version

)

select
    series.series_id,
    series.ruler_version,
    catalogues.category,
    catalogues.bin,
    {{ model_monitor.safe_divide('counts.row_count', 'reference_rows.value_count') }} as share
from series
inner join catalogues
    on {{ model_monitor.joined_on('series', 'catalogues', ['monitor', 'log', 'subject']) }}
    and catalogues.is_kept
inner join reference_counts as counts
    on series.series_id = counts.series_id
    and series.ruler_version = counts.ruler_version
    and catalogues.bin = counts.bin
inner join reference_rows
    on series.series_id = reference_rows.series_id
    and series.ruler_version = reference_rows.ruler_version
where counts.row_count >= series.min_cell
    and counts.row_count * 100 >= reference_rows.value_count
{%- endmacro %}
