using System.Security.Cryptography;
using System.Text;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>The dashboards of a configuration: one for each measurement, from its tags and fields.</summary>
public static class Dashboards
{
    // Grafana refuses longer uids.
    private const int MaxUid = 40;
    private const int MaxCustomFields = 8;

    /// <summary>All dashboards, in the configuration's order.</summary>
    public static IReadOnlyList<Dashboard> All(IntegrationConfig config) =>
        [.. config.InfluxDb.Measurements.Values.Select(m => Of(config.InfluxDb, m))];

    /// <summary>The dashboard of one measurement.</summary>
    public static Dashboard Of(InfluxDbConfig store, MeasurementConfig measurement)
    {
        List<string> tags = [.. MeasurementKinds.InstrumentTagsOf(measurement), "source"];
        var variables = tags.Select(t => new Variable(t, TagValues(measurement, tags, t))).ToList();
        return new Dashboard(UidOf(measurement.Name), variables, Panels(store, measurement, tags));
    }

    /// <summary><c>kraken_tick</c> has <c>kraken_tick_stream</c>, <c>betfair_stream</c> keeps its name.</summary>
    public static string UidOf(string measurement)
    {
        var uid = measurement.EndsWith("_stream", StringComparison.Ordinal) ? measurement : measurement + "_stream";
        var plain = new string([.. uid.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_')]);
        if (plain == uid && uid.Length <= MaxUid)
            return uid;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(measurement)))[..8];
        return plain[..Math.Min(plain.Length, MaxUid - 9)] + "-" + hash;
    }

    private static string TagValues(MeasurementConfig measurement, List<string> tags, string tag)
    {
        var before = tags.TakeWhile(t => t != tag).Where(t => tag != "source").Select(t => $"{InfluxQl.Name(t)} = '${t}'").ToList();
        var where = before.Count == 0 ? "" : " WHERE " + string.Join(" AND ", before);
        return $"SHOW TAG VALUES FROM {InfluxQl.Name(measurement.Name)} WITH KEY = {InfluxQl.Name(tag)}{where}";
    }

    private static IReadOnlyList<Panel> Panels(InfluxDbConfig store, MeasurementConfig m, List<string> tags)
    {
        var query = new PanelQueries(InfluxQl.Source(store, m), tags);
        Panel Stat(string field, string title) => new("stat", title, query.Last(field), 6, 4);
        Panel Lines(string title, params string[] fields) => new("timeseries", title, query.Mean(Known(m, fields)), 24, 10);
        var table = new Panel("table", "newest points", query.Rows(m), 24, 9);
        return MeasurementKinds.Of(m) switch
        {
            MeasurementKind.Tick =>
            [
                Stat("bid", "bid"), Stat("ask", "ask"), new("stat", "spread", query.Spread("bid", "ask"), 6, 4),
                new("stat", "points a minute", query.Count("bid"), 6, 4),
                Lines("bid and ask", "bid", "ask", "last_trade_price", "vwap"),
                .. Known(m, "volume").Select(f => new Panel("timeseries", f, query.Mean([f]), 24, 6) { DrawStyle = "bars" }),
                table,
            ],
            MeasurementKind.Depth =>
            [
                new("stat", "best bid", query.Best("max", "bid_price"), 6, 4), new("stat", "best ask", query.Best("min", "ask_price"), 6, 4),
                new("stat", "bid size of a level", query.Mean(Known(m, "bid_size")), 6, 4),
                new("stat", "ask size of a level", query.Mean(Known(m, "ask_size")), 6, 4),
                new("timeseries", "bid price by level", query.Mean(["bid_price"], "level"), 12, 10),
                new("timeseries", "ask price by level", query.Mean(["ask_price"], "level"), 12, 10),
                Lines("mean size of a level", "bid_size", "ask_size"),
                table,
            ],
            MeasurementKind.Orders =>
            [
                Stat("price", "last price"), new("stat", "orders a minute", query.Count("price"), 6, 4),
                new("timeseries", "price by status", query.Mean(["price"], "status"), 24, 10) { DrawStyle = "points" },
                new("timeseries", "orders by status", query.CountBy("price", "status"), 24, 7) { DrawStyle = "bars" },
                table,
            ],
            MeasurementKind.Betting =>
            [
                Stat("back_price", "back"), Stat("lay_price", "lay"), new("stat", "spread", query.Spread("back_price", "lay_price"), 6, 4),
                .. Known(m, "matched_amount").Select(f => Stat(f, "matched") with { Unit = "currencyGBP" }),
                Lines("back and lay", "back_price", "lay_price", "last_traded_price"),
                .. Known(m, "back_size").Select(_ => Lines("sizes", "back_size", "lay_size") with { Unit = "currencyGBP" }),
                table,
            ],
            MeasurementKind.Sentiment =>
            [
                Stat("sentiment_score", "score"), new("stat", "posts a minute", query.Count("sentiment_score"), 6, 4),
                Lines("sentiment", "sentiment_score"),
                .. Known(m, "positive").Select(_ => Lines("shares", "positive", "neutral", "negative") with { Unit = "percentunit" }),
                table,
            ],
            _ =>
            [
                .. m.Fields.Where(f => !LooksLikeText(f)).Take(MaxCustomFields).Select(f => new Panel("timeseries", f, query.Mean([f]), 12, 8)),
                table,
            ],
        };
    }

    private static string[] Known(MeasurementConfig m, params string[] fields) => [.. fields.Where(m.Fields.Contains)];

    // The configuration does not say a field's type; a mean over text is an error in InfluxDB.
    private static bool LooksLikeText(string field) =>
        field.EndsWith("_id", StringComparison.Ordinal) || field.EndsWith("name", StringComparison.Ordinal)
        || field is "id" or "author" or "location" or "text" or "status" or "message" or "note" or "comment" or "url";
}
