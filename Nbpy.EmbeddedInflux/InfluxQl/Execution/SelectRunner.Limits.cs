using System.Globalization;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    // Refuses what is over the limits, in InfluxDB's words, before it is read.
    private async Task<SelectPlan> WithinLimitsAsync(SelectPlan plan, IReadOnlyList<Relation> relations)
    {
        if (limits.Buckets > 0 && plan.Buckets is { } buckets)
        {
            var last = buckets.Start(plan.Range.Max - 1);
            if (!plan.Range.HasMin)
                plan = plan with { DataMin = (long)Math.Max(last - (decimal)buckets.Interval * (limits.Buckets - 1), TimeRange.MinTime) };
            else if (((decimal)last - buckets.Start(plan.Range.Min)) / buckets.Interval + 1 is var count && count > limits.Buckets)
                throw Exceeded("max-select-buckets limit exceeded", (long)count, limits.Buckets);
        }

        foreach (var relation in relations.Where(r => !r.Subquery))
        {
            if (limits.Series > 0)
            {
                var tags = relation.Tags.Select(MeasurementSchema.TagColumn).DefaultIfEmpty("1");
                var series = await CountAsync($"(SELECT DISTINCT {List(tags)} FROM {relation.Sql}{Where(plan, relation, plan.Range)})").ConfigureAwait(false);
                if (series > limits.Series)
                    throw Exceeded("max-select-series limit exceeded", series, limits.Series);
            }

            if (limits.Points > 0)
            {
                var points = await CountAsync(relation.Sql + Where(plan, relation, plan.Range)).ConfigureAwait(false);
                // InfluxDB's spelling.
                if (points > limits.Points)
                    throw Exceeded("max-select-point limit exceeed", points, limits.Points);
            }
        }

        return plan;
    }

    private static StatementException Exceeded(string what, long count, long limit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what}: ({count}/{limit})"));

    private async Task<long> CountAsync(string from)
    {
        await foreach (var row in ReadAsync("SELECT count(*) FROM " + from).ConfigureAwait(false))
            return (long)row[0]!;
        return 0;
    }
}
