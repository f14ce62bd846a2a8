using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Generic;

/// <summary>A generic publisher as its user writes it, read by the configuration's own reader.</summary>
internal static class GenericConfig
{
    /// <summary>Trades as many venues send them.</summary>
    public const string Trades = """
        {
          "url": "ws://127.0.0.1:1/",
          "subscribe": [ { "op": "subscribe", "channel": "trades", "symbols": "{instruments}" } ],
          "where": { "channel": "trades", "type": ["snapshot", "update"] },
          "heartbeat": { "op": "hb" },
          "items": "data",
          "tags": { "symbol": "s", "exchange": { "value": "somewhere" } },
          "fields": { "price": "p", "size": "q", "id": { "path": "i", "type": "integer" }, "maker": { "path": "m", "type": "boolean" }, "note": { "path": "n[0].t", "type": "string" }, "sequence": { "path": "$.seq", "type": "integer" } },
          "timestamp": { "path": "T", "unit": "ms" }
        }
        """;

    /// <summary>A publisher with these options.</summary>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static PublisherConfig Load(string options, string? url = null, string[]? instruments = null, string? source = null, params (string Name, JsonNode Value)[] others)
    {
        var all = JsonNode.Parse(options)!.AsObject();
        if (url is not null)
            all["url"] = url;
        foreach (var (name, value) in others)
            all[name] = value;
        var publisher = new JsonObject
        {
            ["name"] = "my_trades", ["class"] = KnownClasses.GenericWebSocket, ["port"] = 5600, ["topic"] = "my_trades", ["options"] = all,
        };
        if (instruments is not null)
            publisher["instruments"] = new JsonArray([.. instruments.Select(i => (JsonNode)i)]);
        if (source is not null)
            publisher["source"] = source;
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, new JsonObject { ["publishers"] = new JsonArray(publisher) }.ToJsonString());
            return ConfigurationLoader.Load(path, new Dictionary<string, string?>()).Publishers.Single();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
