using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

/// <summary>Ticker arrays of Kraken's frozen WebSocket v1, for old recordings only.</summary>
public static class KrakenV1Ticker
{
    /// <summary>Reads a v1 frame.</summary>
    /// <returns>False for anything but a ticker (events, heartbeats, other channels).</returns>
    /// <exception cref="JsonException">The frame is not JSON.</exception>
    // [996,{"a":["355.24000000",27,"27.19106411"],"b":[…],"c":["355.23000000","1.20454360"],"v":[today,24h],"p":[today,24h],…},"ticker","XMR/USD"]
    public static bool TryDecode(ReadOnlyMemory<byte> frame, out KrakenTicker ticker)
    {
        using var document = JsonDocument.Parse(frame);
        try
        {
            return TryRead(document.RootElement, out ticker);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string of the frame is no text.", e);
        }
    }

    private static bool TryRead(JsonElement root, out KrakenTicker ticker)
    {
        ticker = default;
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() < 4
            || root[2].ValueKind != JsonValueKind.String || root[2].GetString() != "ticker"
            || root[1].ValueKind != JsonValueKind.Object || root[3].ValueKind != JsonValueKind.String)
            return false;
        var body = root[1];
        ticker = new KrakenTicker(
            ToV2Symbol(root[3].GetString()!), At(body, "b", 0), At(body, "a", 0), At(body, "c", 0), At(body, "v", 1),
            At(body, "p", 1), TimestampNs: null);
        return true;
    }

    /// <summary>v1 spells Bitcoin XBT and Dogecoin XDG; v2 and everybody else BTC and DOGE.</summary>
    public static string ToV2Symbol(string v1) =>
        string.Join('/', v1.Split('/').Select(asset => asset switch { "XBT" => "BTC", "XDG" => "DOGE", _ => asset }));

    private static decimal? At(JsonElement body, string name, int index) =>
        body.TryGetProperty(name, out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > index
            && values[index].ValueKind == JsonValueKind.String
            && decimal.TryParse(
                values[index].GetString(), System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : null;
}
