namespace Nbpy.Grafana.Pages;

/// <summary>A measurement that nobody drew a page for: numbers, courses and rows from its fields and tags.</summary>
internal static class CustomPage
{
    private const int MaxFields = 8;
    private const int MaxNumbers = 4;

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        var fields = c.Measurement.Fields.Where(f => !LooksLikeText(f)).Take(MaxFields).ToList();
        return
        [
            .. fields.Take(MaxNumbers).Select(f => Grafana.Panels.StatOfAny(f, q.Last(f), f, 24 / Math.Min(MaxNumbers, fields.Count))),
            .. fields.Select((f, i) => Grafana.Panels.Lines(f, fields.Count % 2 == 1 && i == fields.Count - 1 ? 24 : 12, 8, new Target(q.Over($"mean({InfluxQl.Name(f)}::float) AS {InfluxQl.Name(f)}"))) with { Description = "The mean of each bucket; texts and yes or no have none: see the rows below." }),
            Grafana.Panels.Table("Newest points · $source", q.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"]), 24, 9),
        ];
    }

    // The configuration does not say a field's type. These are texts by their name; of others the newest value is shown as it is, and a mean is asked
    // of "field"::float, which is nothing for a text, where a mean of a text would be an error.
    private static bool LooksLikeText(string field) =>
        field.EndsWith("_id", StringComparison.Ordinal) || field.EndsWith("name", StringComparison.Ordinal)
        || field is "id" or "author" or "location" or "text" or "status" or "message" or "note" or "comment" or "url";
}
