using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
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
            foreach (var (module, values) in facts.Statistics())
            {
                json.WriteStartObject(module);
                json.WriteString("name", module);
                json.WriteStartObject("tags");
                json.WriteEndObject();
                json.WriteStartObject("values");
                foreach (var (name, value) in values)
                    json.WriteNumber(name, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteStartObject("memstats");
            json.WriteNumber("Alloc", GC.GetTotalMemory(false));
            json.WriteNumber("Sys", Environment.WorkingSet);
            json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes(false));
            json.WriteNumber("NumGC", GC.CollectionCount(0));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        response.ContentType = "application/json; charset=utf-8";
        return response.Body.WriteAsync(buffer.WrittenMemory).AsTask();
    }
}
