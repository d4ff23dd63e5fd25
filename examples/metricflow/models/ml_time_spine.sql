-- One row per day. If your project has a time spine, leave this model and _time_spine.yml out.
{{ config(materialized='table') }}

{{ dbt.date_spine('day', "cast('2024-01-01' as date)", "cast('2035-01-01' as date)") }}
