using System.Buffers;
using System.Text.Json;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>A request of the WebSocket v2 API, before it is written.</summary>
/// <param name="Id">Its <c>req_id</c>.</param>
/// <param name="Subscribe">False unsubscribes.</param>
/// <param name="Symbols">The pairs it is about; empty for a channel without pairs.</param>
public sealed record KrakenRequest(long Id, bool Subscribe, IReadOnlyList<string> Symbols)
{
    /// <summary>A subscription's JSON.</summary>
    /// <param name="channel">ticker, book, trade or executions.</param>
    /// <param name="parameters">Writes what the channel needs besides channel and symbol.</param>
    // {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":2}
    public ReadOnlyMemory<byte> ToJson(string channel, Action<Utf8JsonWriter>? parameters)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("method", Subscribe ? "subscribe" : "unsubscribe");
            json.WriteStartObject("params");
            json.WriteString("channel", channel);
            if (Symbols.Count > 0)
            {
                json.WriteStartArray("symbol");
                foreach (var symbol in Symbols)
                    json.WriteStringValue(symbol);
                json.WriteEndArray();
            }

            parameters?.Invoke(json);
            json.WriteEndObject();
            json.WriteNumber("req_id", Id);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>An application ping.</summary>
    public static ReadOnlyMemory<byte> Ping(long id) =>
        System.Text.Encoding.ASCII.GetBytes(string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $$"""{"method":"ping","req_id":{{id}}}"""));
}
