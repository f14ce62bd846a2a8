using System.Globalization;
using System.Text;

namespace Nbpy.Influx.Spooling;

/// <summary>Where reading stands, in a small file. Best effort: without it what was read is read again, which stores the same points again.
/// Not thread-safe.</summary>
internal sealed class SpoolPosition
{
    private readonly string path;

    public SpoolPosition(string path)
    {
        this.path = path;
        if (!File.Exists(path))
            return;
        // The trailing word shows that the line is whole.
        var parts = File.ReadAllText(path).Split(' ');
        if (parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            (Segment, At) = (segment, at);
    }

    /// <summary>The segment's number as it was on opening; 0 when none is noted.</summary>
    public long Segment { get; }

    /// <summary>Bytes of it that are done with.</summary>
    public long At { get; }

    /// <summary>Why the last place could not be noted; null when it was.</summary>
    public string? Error { get; private set; }

    public void Write(long segment, long at)
    {
        try
        {
            var partial = path + ".part";
            File.WriteAllText(partial, string.Create(CultureInfo.InvariantCulture, $"{segment} {at} ."), Encoding.ASCII);
            File.Move(partial, path, overwrite: true);
            Error = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error = e.Message;
        }
    }
}
