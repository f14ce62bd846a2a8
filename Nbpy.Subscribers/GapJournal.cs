using System.Text;
using System.Text.Json;
using Nbpy.Influx;

namespace Nbpy.Subscribers;

/// <summary>The lost ranges of a subscriber in a small file, so that a loss is written down before the checkpoint goes past it, keeps its time
/// when it is found again after a kill, and is counted once. A line each; the first line holds what was counted before.</summary>
public sealed class GapJournal
{
    private readonly string path;
    private readonly string run;
    private readonly List<LostRange> ranges = [];
    private readonly List<LostRange> unsaved = [];
    private long before;
    private long latest;

    /// <param name="path">The file.</param>
    /// <param name="run">This run of the whole system; what is counted goes on within one.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public GapJournal(string path, string run)
    {
        this.path = path;
        this.run = run;
        if (!File.Exists(path))
            return;
        var lines = File.ReadAllLines(path);
        var head = Parse<Head>(lines.FirstOrDefault());
        var sameRun = run.Length > 0 && head?.Run == run;
        before = sameRun ? head!.Lost : 0;
        foreach (var range in lines.Skip(1).Select(Parse<LostRange>))
            if (range is not null)
                Put(sameRun ? range : range with { Counted = false });
    }

    /// <summary>Messages lost in this run of the system.</summary>
    public long Lost => before + ranges.Where(r => r.Counted).Sum(r => r.Count);

    /// <summary>The ranges that may be found again, oldest first.</summary>
    public IReadOnlyList<LostRange> Ranges => ranges;

    /// <summary>Notes a range; <see cref="Save"/> writes it down.</summary>
    /// <returns>What of it was not noted before, each part with a time of its own.</returns>
    public IReadOnlyList<LostRange> Add(LostRange range)
    {
        var added = new List<LostRange>();
        foreach (var (from, to) in Unknown(range))
        {
            added.Add(range with { From = from, To = to, AtNs = Math.Max(range.AtNs, latest + 1) });
            Put(added[^1]);
        }

        unsaved.AddRange(added);
        return added;
    }

    /// <summary>Writes down what is not yet.</summary>
    /// <exception cref="IOException">The disk takes it not; the next call tries again.</exception>
    public void Save()
    {
        if (unsaved.Count == 0)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var head = File.Exists(path) ? "" : JsonSerializer.Serialize(new Head(run, before)) + "\n";
        LineFile.Append(path, Encoding.UTF8.GetBytes(head + string.Concat(unsaved.Select(r => JsonSerializer.Serialize(r) + "\n"))));
        unsaved.Clear();
    }

    /// <summary>Forgets what cannot be found again: the checkpoint is past it, and its points are written.</summary>
    /// <exception cref="IOException">The disk takes it not.</exception>
    public void Forget(ulong epoch, ulong sequence)
    {
        if (ranges.Count == 0)
            return;
        var last = ranges.FindLastIndex(r => r.Epoch == epoch && r.To <= sequence);
        var kept = ranges.Where((r, i) => i > last && r.Epoch >= epoch && !r.IsOfSpool).ToList();
        if (kept.Count == ranges.Count)
            return;
        before = Lost - kept.Where(r => r.Counted).Sum(r => r.Count);
        ranges.Clear();
        ranges.AddRange(kept);
        unsaved.Clear();
        var partial = path + ".part";
        File.WriteAllLines(partial, [JsonSerializer.Serialize(new Head(run, before)), .. kept.Select(r => JsonSerializer.Serialize(r))]);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>The parts of a range that no other covers. Of one without messages all or nothing.</summary>
    private List<(ulong From, ulong To)> Unknown(LostRange range)
    {
        var parts = new List<(ulong From, ulong To)>();
        var from = range.From;
        foreach (var known in ranges.Where(r => r.Epoch == range.Epoch && r.IsOfSpool == range.IsOfSpool && r.From <= Math.Max(range.From, range.To) && (r.Count > 0 || range.Count == 0)).OrderBy(r => r.From))
        {
            if (range.Count == 0 && known.To >= range.To)
                return parts;
            if (known.From > from)
                parts.Add((from, known.From - 1));
            from = Math.Max(from, known.To + 1);
        }

        if (range.Count == 0 || from <= range.To)
            parts.Add((from, range.To));
        return parts;
    }

    private static T? Parse<T>(string? line)
        where T : class
    {
        try
        {
            return line is null ? null : JsonSerializer.Deserialize<T>(line);
        }
        catch (JsonException)
        {
            // The last line, torn by a kill: its range is found again.
            return null;
        }
    }

    private void Put(LostRange range)
    {
        var known = ranges.FindIndex(r => r.Epoch == range.Epoch && r.From == range.From && r.AtNs == range.AtNs);
        if (known >= 0)
            ranges[known] = range;
        else
            ranges.Add(range);
        latest = Math.Max(latest, range.AtNs);
    }

    private sealed record Head(string Run, long Lost);
}
