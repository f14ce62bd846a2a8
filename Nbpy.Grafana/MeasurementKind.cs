using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>What a measurement shows, told from its tags and fields, so that a user's own measurement gets a fitting page too.</summary>
public enum MeasurementKind
{
    /// <summary>Bid and ask of an instrument.</summary>
    Tick,

    /// <summary>Levels of an order book.</summary>
    Depth,

    /// <summary>Orders with a status and a price.</summary>
    Orders,

    /// <summary>Back and lay prices of a selection.</summary>
    Betting,

    /// <summary>Scores of posts.</summary>
    Sentiment,

    /// <summary>Anything else: its numeric fields over time.</summary>
    Custom,
}

/// <summary>Tells the kind of a measurement and the tags that name one instrument of it.</summary>
public static class MeasurementKinds
{
    private static readonly string[][] InstrumentTags =
        [["pair"], ["instrument"], ["symbol"], ["market_id", "selection_id"], ["market_id"], ["topic"]];

    /// <summary>The kind, from the measurement's tags and fields.</summary>
    public static MeasurementKind Of(MeasurementConfig measurement)
    {
        bool Fields(params string[] names) => names.All(measurement.Fields.Contains);
        bool Tags(params string[] names) => names.All(measurement.Tags.Contains);
        return Fields("bid_price", "ask_price") && Tags("level") ? MeasurementKind.Depth
            : Fields("bid", "ask") ? MeasurementKind.Tick
            : Fields("back_price", "lay_price") ? MeasurementKind.Betting
            : Fields("price") && Tags("status") ? MeasurementKind.Orders
            : Fields("sentiment_score") ? MeasurementKind.Sentiment
            : MeasurementKind.Custom;
    }

    /// <summary>The tags that together name one instrument; empty when the measurement has no such tag.</summary>
    public static IReadOnlyList<string> InstrumentTagsOf(MeasurementConfig measurement) =>
        InstrumentTags.FirstOrDefault(tags => tags.All(measurement.Tags.Contains))
        ?? [.. measurement.Tags.Where(t => t is not ("exchange" or "source" or "level" or "status")).Take(1)];

    /// <summary>Fields drawn first; the rest can be switched on.</summary>
    public static IReadOnlyList<string> ChartFieldsOf(MeasurementConfig measurement) => Of(measurement) switch
    {
        MeasurementKind.Tick => ["bid", "ask"],
        MeasurementKind.Depth => ["bid_price", "ask_price"],
        MeasurementKind.Betting => ["back_price", "lay_price"],
        MeasurementKind.Orders => ["price"],
        MeasurementKind.Sentiment => ["sentiment_score"],
        _ => [],
    };
}
