using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;

namespace Nbpy.EmbeddedInflux.Subscriptions;

/// <summary>Points on their way to subscribers: lines that parse, each with its time in nanoseconds.</summary>
internal sealed record Batch(string Database, string Policy, ReadOnlyMemory<byte> Lines, int Points)
{
    /// <param name="lines">As they were written.</param>
    /// <param name="unit">Nanoseconds per unit of the written times.</param>
    /// <param name="now">The time of points that have none.</param>
    public static Batch Of(string database, string policy, ReadOnlySpan<byte> lines, long unit, long now)
    {
        var point = new ParsedPoint();
        var body = new MemoryStream(lines.Length);
        var points = 0;
        while (!lines.IsEmpty)
        {
            var line = LineParser.TrimStart(LineParser.NextLine(ref lines)).TrimEnd(" \r"u8);
            if (line.IsEmpty || LineParser.Parse(line, unit, point) is not null)
                continue;
            body.Write(point.HasTime ? line[..line.LastIndexOf((byte)' ')] : line);
            var time = point.HasTime ? point.Time : now / unit * unit;
            body.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {time}\n")));
            points++;
        }

        return new Batch(database, policy, body.GetBuffer().AsMemory(0, (int)body.Length), points);
    }
}
