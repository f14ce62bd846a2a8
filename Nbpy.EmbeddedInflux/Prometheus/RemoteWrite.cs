using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.Prometheus;

/// <summary>Prometheus' remote write as line protocol: the metric's name is the measurement, all labels are tags, and the sample is
/// the field <c>value</c>, as InfluxDB 1.8 stores it. Message: repeated series = 1, each of labels = 1 (name = 1, value = 2) and
/// samples = 2 (value = 1, milliseconds = 2).</summary>
internal static class RemoteWrite
{
    private const string NameLabel = "__name__";
    private const string NoName = "prom_metric_not_specified";
    private const long Millisecond = 1_000_000;

    /// <summary>Line protocol with times in nanoseconds. Samples that are no numbers are left out, as InfluxDB leaves them out.</summary>
    /// <exception cref="InvalidDataException">The message is not such a request.</exception>
    public static byte[] Lines(ReadOnlySpan<byte> message)
    {
        var lines = new StringBuilder();
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            if (field == 1)
                Series(reader.Bytes(), lines);
            else
                reader.Skip();
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static void Series(ReadOnlySpan<byte> message, StringBuilder lines)
    {
        var (name, tags) = (NoName, new SortedDictionary<string, string>(StringComparer.Ordinal));
        var samples = new List<(long Time, double Value)>();
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            switch (field)
            {
                case 1:
                    var (label, value) = Label(reader.Bytes());
                    if (label == NameLabel)
                        name = value;
                    if (value.Length > 0)
                        tags[label] = value;
                    break;
                case 2:
                    samples.Add(Sample(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var key = Escape(name, false) + string.Concat(tags.Select(t => $",{Escape(t.Key, true)}={Escape(t.Value, true)}"));
        foreach (var (time, value) in samples.Where(s => double.IsFinite(s.Value)))
            lines.Append(CultureInfo.InvariantCulture, $"{key} value={value:R} {time * Millisecond}\n");
    }

    private static (string Name, string Value) Label(ReadOnlySpan<byte> message)
    {
        var (name, value) = ("", "");
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            if (field == 1)
                name = reader.Text();
            else if (field == 2)
                value = reader.Text();
            else
                reader.Skip();
        }

        return (name, value);
    }

    private static (long Time, double Value) Sample(ReadOnlySpan<byte> message)
    {
        var (time, value) = (0L, 0.0);
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            if (field == 1)
                value = reader.Double();
            else if (field == 2)
                time = reader.Integer();
            else
                reader.Skip();
        }

        return (time, value);
    }

    // A line ends at a line break, and a backslash before a comma would escape it: neither can stand in a name.
    private static string Escape(string text, bool tag)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is ',' or ' ' || (tag && c == '='))
                escaped.Append('\\');
            escaped.Append(c is '\n' or '\r' ? ' ' : c);
        }

        if (text.EndsWith('\\'))
            escaped.Append("\\ ");
        return escaped.ToString();
    }
}
