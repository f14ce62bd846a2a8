using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;

namespace Nbpy.Dashboard.Telemetry;

/// <summary>A named value of a record, span or series, as text.</summary>
/// <param name="Key">Name.</param>
/// <param name="Value">Value; arrays and maps as JSON.</param>
public readonly record struct TelemetryAttribute(string Key, string Value);

/// <summary>Turns wire values into bounded text, and shares the texts that repeat.</summary>
internal sealed class TelemetryText(TelemetryLimits limits)
{
    private const int PoolCapacity = 8_192;
    private readonly ConcurrentDictionary<string, string> pool = new(StringComparer.Ordinal);

    /// <summary>One instance per text, for names that repeat; past 8,192 different ones the pool takes no more.</summary>
    public string Share(string text)
    {
        if (text.Length > 128)
            return Cut(text);
        if (pool.TryGetValue(text, out var known))
            return known;
        return pool.Count < PoolCapacity ? pool.GetOrAdd(text, text) : text;
    }

    public string Cut(string text) => text.Length <= limits.TextLength
        ? text
        : string.Concat(text.AsSpan(0, limits.TextLength), $"… ({text.Length:N0} characters)");

    public TelemetryAttribute[] Attributes(IReadOnlyList<KeyValue> values)
    {
        if (values.Count == 0)
            return [];
        var attributes = new TelemetryAttribute[Math.Min(values.Count, limits.Attributes)];
        for (var i = 0; i < attributes.Length; i++)
            attributes[i] = new TelemetryAttribute(Share(values[i].Key), Share(Text(values[i].Value)));
        return attributes;
    }

    public string Text(AnyValue? value) => value is null ? "" : value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => Cut(value.StringValue),
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.BytesValue => Cut(Convert.ToBase64String(value.BytesValue.Span)),
        AnyValue.ValueOneofCase.ArrayValue or AnyValue.ValueOneofCase.KvlistValue => Cut(JsonText.Of(value)),
        _ => "",
    };

    /// <summary>Ids of traces have 16 bytes, of spans 8; what is longer is none.</summary>
    public static string Hex(ByteString id) => id.Length is 0 or > 16 ? "" : Convert.ToHexStringLower(id.Span);

    /// <summary>Memory of a text that is not shared, about; one that repeats costs its reference, which whoever holds it counts.</summary>
    public static int Size(string text) => text.Length > 128 ? 24 + (text.Length * 2) : 0;

    /// <summary>Memory of attributes, about: two references and two texts each.</summary>
    public static int Size(IReadOnlyList<TelemetryAttribute> attributes)
    {
        var size = 24 + (attributes.Count * 16);
        foreach (var a in attributes)
            size += Size(a.Key) + (a.Value.Length > 32 ? 24 + (a.Value.Length * 2) : 16);
        return size;
    }

    /// <summary>Nanoseconds since 1970 to a time; the present where the sender gave none.</summary>
    public static DateTimeOffset Time(ulong unixNano, DateTimeOffset fallback) => unixNano is 0 or > long.MaxValue
        ? fallback
        : DateTimeOffset.UnixEpoch.AddTicks((long)unixNano / 100);
}
