using System.Globalization;
using System.Text;

namespace Nbpy.Influx.Spooling;

/// <summary>What the spool lost and nobody has named yet: in a file before it is gone from the disk, so that a kill in between leaves
/// its name. Neighbouring ranges are kept as one. Not thread-safe.</summary>
internal sealed class SpoolLosses
{
    private readonly string path;
    private readonly List<MessageRange> untaken = [];
    private readonly List<MessageRange> taken = [];
    private readonly StringBuilder unsaved = new();

    /// <exception cref="IOException">The file cannot be read.</exception>
    public SpoolLosses(string path)
    {
        this.path = path;
        if (!File.Exists(path))
            return;
        foreach (var line in File.ReadAllLines(path))
        {
            // Epoch, first, last, lines, and a word that shows that the line is whole.
            var parts = line.Split(' ');
            if (parts.Length != 5 || parts[4] != ".")
                continue;
            untaken.Add(new MessageRange(Number(parts[0]), Number(parts[1]), Number(parts[2])));
            Lines += (long)Number(parts[3]);
        }
    }

    /// <summary>Lines lost, those of an earlier run that were not named among them.</summary>
    public long Lines { get; private set; }

    /// <summary>Why names cannot be written to the disk; null while they can. They are in memory all the same.</summary>
    public string? Error { get; private set; }

    /// <summary>Notes a loss; <see cref="Save"/> follows.</summary>
    public void Add(MessageRange messages, long lines)
    {
        Lines += lines;
        if (untaken.Count > 0 && untaken[^1] is var last && last.Epoch == messages.Epoch && last.Last + 1 == messages.First)
            untaken[^1] = last with { Last = messages.Last };
        else
            untaken.Add(messages);
        unsaved.Append(CultureInfo.InvariantCulture, $"{messages.Epoch} {messages.First} {messages.Last} {lines} .\n");
    }

    /// <summary>Puts what was noted on the disk.</summary>
    public void Save()
    {
        if (unsaved.Length == 0)
            return;
        try
        {
            LineFile.Append(path, Encoding.ASCII.GetBytes(unsaved.ToString()), flushToDisk: true);
            unsaved.Clear();
            Error = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that is full may be just why something is dropped: that goes on, and the next call tries again.
            Error = e.Message;
        }
    }

    /// <summary>The ranges that nobody took yet.</summary>
    public MessageRange[] Take()
    {
        MessageRange[] now = [.. untaken];
        taken.AddRange(now);
        untaken.Clear();
        return now;
    }

    /// <summary>What was taken is named for good elsewhere.</summary>
    /// <exception cref="IOException">The file cannot be deleted.</exception>
    public void Named()
    {
        if (taken.Count == 0 || untaken.Count > 0)
            return;
        taken.Clear();
        unsaved.Clear();
        File.Delete(path);
    }

    private static ulong Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
