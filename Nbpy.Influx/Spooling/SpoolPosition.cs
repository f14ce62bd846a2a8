using System.Globalization;
using System.IO.Hashing;
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
        // What lies before the place is taken for done with: a damaged one is none.
        var parts = File.ReadAllText(path).Split(' ');
        if (parts.Length == 3 && parts[2] == Checksum(parts[0], parts[1])
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
            var (first, second) = (segment.ToString(CultureInfo.InvariantCulture), at.ToString(CultureInfo.InvariantCulture));
            File.WriteAllText(partial, $"{first} {second} {Checksum(first, second)}", Encoding.ASCII);
            File.Move(partial, path, overwrite: true);
            Error = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error = e.Message;
        }
    }

    private static string Checksum(string segment, string at) => Crc32.HashToUInt32(Encoding.ASCII.GetBytes($"{segment} {at}")).ToString("x8", CultureInfo.InvariantCulture);
}
