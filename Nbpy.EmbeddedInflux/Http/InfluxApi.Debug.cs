using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
    private static readonly string[] KeyTags = ["bind", "database", "retention_policy", "name", "destination"];

    /// <summary>What <c>expvar</c> readers (Telegraf's influxdb input, for one) ask for.</summary>
    private Task VariablesAsync(HttpResponse response)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("system");
            json.WriteString("currentTime", facts.Now);
            json.WriteString("started", facts.Started);
            json.WriteNumber("uptime", (long)(facts.Now - facts.Started).TotalSeconds);
            json.WriteEndObject();
            json.WriteStartObject("memstats");
            Write(json, ServerStatistics.Memory(heapInUse: "HeapInuse"));
            foreach (var (name, tags, values) in engine.Statistics())
            {
                // A key of its own for each, as InfluxDB makes it.
                json.WriteStartObject(string.Join(':', KeyTags.Select(t => tags?.GetValueOrDefault(t)).OfType<string>().Prepend(name)));
                json.WriteString("name", name);
                if (tags is null)
                {
                    json.WriteNull("tags");
                }
                else
                {
                    json.WriteStartObject("tags");
                    foreach (var (tag, value) in tags)
                        json.WriteString(tag, value);
                    json.WriteEndObject();
                }

                json.WriteStartObject("values");
                Write(json, values);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        response.ContentType = "application/json; charset=utf-8";
        return response.Body.WriteAsync(buffer.WrittenMemory).AsTask();
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<(string Name, long Value)> values)
    {
        foreach (var (name, value) in values)
            json.WriteNumber(name, value);
        json.WriteEndObject();
    }
}
