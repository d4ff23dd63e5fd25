select 'no milk' as alert_rule
