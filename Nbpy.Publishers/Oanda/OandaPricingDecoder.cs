using System.Text.Json;

namespace Nbpy.Publishers.Oanda;

/// <summary>Lines of OANDA's v20 pricing stream. Not for use by two threads at once.</summary>
public sealed class OandaPricingDecoder
{
    public OandaCounters Counters { get; } = new();

    /// <summary>Why the last malformed line was refused.</summary>
    public string? LastError { get; private set; }

    /// <summary>The price, when the last line was one.</summary>
    public OandaPrice Price { get; private set; }

    /// <summary>Time of the last heartbeat.</summary>
    public long? HeartbeatNs { get; private set; }

    /// <summary>Decodes one line, without its line end.</summary>
    // {"type":"PRICE","time":"2026-01-15T10:30:00.123456789Z","bids":[{"price":"1.16444","liquidity":1000000}],"asks":[…],
    //  "closeoutBid":"1.16435","closeoutAsk":"1.16465","status":"tradeable","tradeable":true,"instrument":"EUR_USD"}
    // {"type":"HEARTBEAT","time":"2026-01-15T10:30:05.000000123Z"}
    public OandaLineKind Decode(ReadOnlyMemory<byte> line)
    {
        Price = default;
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return OandaLineKind.Blank;
        Counters.Lines++;
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            switch (OandaJson.Text(root, "type"))
            {
                case "HEARTBEAT":
                    HeartbeatNs = OandaJson.Time(root);
                    Counters.Heartbeats++;
                    return OandaLineKind.Heartbeat;
                // Elements of the REST pricing call have no type in some versions.
                case "PRICE":
                case null when root.ValueKind == JsonValueKind.Object && root.TryGetProperty("closeoutBid", out _):
                    Price = Read(root);
                    if (!Price.Tradeable)
                        Counters.Halted++;
                    return OandaLineKind.Price;
                default:
                    Counters.Unknown++;
                    return OandaLineKind.Unknown;
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            Counters.Malformed++;
            LastError = e.Message;
            return OandaLineKind.Malformed;
        }
    }

    private static OandaPrice Read(JsonElement root)
    {
        var (bid, bidLiquidity) = Best(root, "bids");
        var (ask, askLiquidity) = Best(root, "asks");
        // Captures of 2016 have no tradeable flag.
        var tradeable = root.TryGetProperty("tradeable", out var flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? flag.GetBoolean()
            : OandaJson.Text(root, "status") is null or "tradeable";
        return new OandaPrice(
            OandaJson.Text(root, "instrument") ?? throw new FormatException("A price has no instrument."),
            bid, ask, bidLiquidity, askLiquidity, tradeable, OandaJson.Time(root));
    }

    private static (decimal? Price, decimal? Liquidity) Best(JsonElement root, string side)
    {
        if (!root.TryGetProperty(side, out var buckets) || buckets.ValueKind != JsonValueKind.Array || buckets.GetArrayLength() == 0)
            return (null, null);
        // Liquidity without a price is no side to trade at.
        return OandaJson.Number(buckets[0], "price") is { } price ? (price, OandaJson.Number(buckets[0], "liquidity")) : (null, null);
    }
}
