using System.Security.Cryptography;
using System.Text;
using Nbpy.Grafana.Pages;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>The dashboards of a configuration: one for each measurement, and one of the pipeline's own health.</summary>
public static class Dashboards
{
    // Grafana refuses longer uids.
    private const int MaxUid = 40;

    /// <summary>All dashboards, in the configuration's order, the pipeline's last.</summary>
    public static IReadOnlyList<Dashboard> All(IntegrationConfig config) =>
        [.. config.InfluxDb.Measurements.Values.Select(m => Of(config, m)), Finish(config, PipelinePage.Of(config.InfluxDb))];

    /// <summary>The dashboard of one measurement.</summary>
    public static Dashboard Of(IntegrationConfig config, MeasurementConfig measurement)
    {
        var tags = MeasurementKinds.InstrumentTagsOf(measurement);
        var kind = MeasurementKinds.Of(measurement);
        // Of a betting market all selections are looked at together, and of posts all topics.
        bool Several(string tag) => (kind == MeasurementKind.Betting && tag == "selection_id") || kind == MeasurementKind.Sentiment || kind == MeasurementKind.Orders;
        var source = InfluxQl.Source(config.InfluxDb, measurement);
        var queries = new Queries(source, [.. tags.Select(t => Several(t) ? Queries.Several(t) : Queries.Single(t)), Queries.Single("source")]);
        var context = new DashboardContext(config, measurement, queries);
        var panels = kind switch
        {
            MeasurementKind.Tick => TickPage.Panels(context),
            MeasurementKind.Depth => DepthPage.Panels(context),
            MeasurementKind.Orders => OrdersPage.Panels(context),
            MeasurementKind.Betting => BettingPage.Panels(context, measurement.Tags.Contains("selection_id") ? "selection_id" : tags.Count > 0 ? tags[^1] : "source"),
            MeasurementKind.Sentiment => SentimentPage.Panels(context),
            _ => CustomPage.Panels(context),
        };
        List<Variable> variables =
        [
            // One source, never several: made-up prices are not drawn with real ones. By the alphabet live is first, then replay, then simulated.
            new QueryVariable("source", TagValues(source, [], "source")),
            .. tags.Select((t, i) => new QueryVariable(t, TagValues(source, [Queries.Single("source"), .. tags.Take(i).Select(b => Several(b) ? Queries.Several(b) : Queries.Single(b))], t), Several(t)) { Label = Label(t) }),
            .. context.Variables, new IntervalVariable(),
        ];
        var description = config.Publishers.FirstOrDefault(p => p.Topic == measurement.Name)?.Description is { Length: > 0 } text ? text : $"The measurement {measurement.Name}.";
        return Finish(config, new Dashboard(UidOf(config.InfluxDb, measurement.Name), description, variables, panels));
    }

    /// <summary><c>kraken_tick</c> has <c>kraken_tick_stream</c>, <c>betfair_stream</c> keeps its name; of two measurements that would have the same
    /// uid (<c>a</c> and <c>a_stream</c>) the one with that very name has it, and the other one with a hash behind.</summary>
    public static string UidOf(InfluxDbConfig store, string measurement)
    {
        var uid = UidOf(measurement);
        var others = store.Measurements.Keys.Where(m => UidOf(m) == uid).ToList();
        var owner = others.Contains(uid) ? uid : others.FirstOrDefault() ?? measurement;
        return owner == measurement ? uid : Hashed(uid, measurement);
    }

    /// <summary>The uid that a measurement of this name has where no other has it.</summary>
    internal static string UidOf(string measurement)
    {
        var uid = measurement.EndsWith("_stream", StringComparison.Ordinal) ? measurement : measurement + "_stream";
        var plain = new string([.. uid.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_')]);
        if (plain == uid && uid.Length <= MaxUid)
            return uid;
        return Hashed(plain, measurement);
    }

    private static string Hashed(string plain, string measurement) =>
        plain[..Math.Min(plain.Length, MaxUid - 9)] + "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(measurement)))[..8];

    private static Dashboard Finish(IntegrationConfig config, Dashboard dashboard) => dashboard with
    {
        Annotations = PipelinePage.Marks(config.InfluxDb),
        Links = [new DashboardLink("All streams", null), new DashboardLink("Pipeline", "/d/" + PipelinePage.Uid)],
    };

    private static string Label(string tag) => tag switch { "market_id" => "market", "selection_id" => "selection", _ => tag };

    private static string TagValues(string source, IReadOnlyList<string> conditions, string tag)
    {
        var where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        return $"SHOW TAG VALUES FROM {source} WITH KEY = {InfluxQl.Name(tag)}{where}";
    }
}
