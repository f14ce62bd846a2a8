using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Kraken;

// Frames about the connection rather than the market: status, replies, reference data.
public sealed partial class KrakenDecoder
{
    // [{"version":"2.0.10","system":"online","api_version":"v2","connection_id":15113583034416118705}]
    private void ReadStatus(ref Utf8JsonReader reader)
    {
        RequireArray(ref reader);
        while (NextObject(ref reader))
        {
            while (NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("system"u8))
                    SystemStatus = Name(ref reader);
                else
                    reader.Skip();
            }
        }
    }

    // {"assets":[…],"pairs":[{"symbol":"BTC/USD","qty_precision":8,"price_precision":1,…}]}
    private void ReadInstruments(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("The data of the instrument channel are not an object.");
        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("pairs"u8))
            {
                reader.Skip();
                continue;
            }
            reader.Read();
            RequireArray(ref reader);
            while (NextObject(ref reader))
                ReadPair(ref reader);
        }
    }

    private void ReadPair(ref Utf8JsonReader reader)
    {
        string? symbol = null;
        decimal? price = null, quantity = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("symbol"u8))
                symbol = Name(ref reader);
            else if (reader.ValueTextEquals("price_precision"u8))
                price = Number(ref reader);
            else if (reader.ValueTextEquals("qty_precision"u8))
                quantity = Number(ref reader);
            else
                reader.Skip();
        }
        if (symbol is not null && price is >= 0 and <= 28 && quantity is >= 0 and <= 28)
            SetPrecision(symbol, (int)price.Value, (int)quantity.Value);
    }

    // {"method":"subscribe","req_id":2,"result":{"channel":"book","depth":10,"symbol":"BTC/USD"},"success":true,…}
    // {"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,"symbol":"XBT/USD",…}
    // {"Error":"Exceeded msg rate"}
    private void ReadReply(ReadOnlySpan<byte> frame)
    {
        using var document = JsonDocument.Parse(frame.ToArray());
        var root = document.RootElement;
        var method = Text(root, "method");
        var error = ErrorOf(root);
        var success = error is null && (!root.TryGetProperty("success", out var flag) || flag.ValueKind == JsonValueKind.True);
        var result = root.TryGetProperty("result", out var r) && r.ValueKind == JsonValueKind.Object ? r : default;
        var channel = Text(result, "channel");
        var symbol = Text(root, "symbol") ?? Text(result, "symbol");
        var bookDepth = Integer(result, "depth");
        if (success && method == "subscribe" && channel == "book" && symbol is not null && bookDepth is > 0 and <= 1000)
            acknowledgedDepth[symbol] = (int)bookDepth;
        Reply = new KrakenReply(method, success, error, symbol, channel, (int?)bookDepth, Integer(root, "req_id"))
        {
            TimeOutNs = Rfc3339.TryParse(Text(root, "time_out"), out var timeOut) ? timeOut : null,
        };
    }

    private static string? ErrorOf(JsonElement root)
    {
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && member.Name.Equals("error", StringComparison.OrdinalIgnoreCase))
                return member.Value.GetString();
        }

        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Integer(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
