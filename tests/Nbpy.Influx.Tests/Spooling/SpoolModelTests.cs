using System.Text;
using Nbpy.Influx.Spooling;
using Xunit;

namespace Nbpy.Influx.Tests.Spooling;

/// <summary>Random use of a spool against a simple model, with faults: what was acknowledged is read, in order and once, or it is named as
/// lost, or it is still held. A sum after every step says so.</summary>
public sealed class SpoolModelTests : IDisposable
{
    private const int Steps = 300;
    private readonly TemporaryFolder folder = new();
    private readonly SortedSet<int> held = [];
    private readonly List<int> lost = [];
    private long room = long.MaxValue;
    private int last;
    private int read;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, SpoolFullPolicy.Block)]
    [InlineData(2, SpoolFullPolicy.DropOldest)]
    [InlineData(3, SpoolFullPolicy.Block)]
    [InlineData(4, SpoolFullPolicy.DropOldest)]
    public void Random_use_with_faults_loses_nothing_without_its_name(int seed, SpoolFullPolicy policy)
    {
        var random = new Random(seed);
        var spool = Open(policy);
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(20))
            {
                case < 9:
                    Append(spool, random.Next(1, 4));
                    break;
                case < 14:
                    Take(spool, random.Next(1, 7), () => { });
                    break;
                case < 16:
                    // A drain beside live data: at the cap what is being sent may be dropped.
                    Take(spool, random.Next(1, 7), () => Repeat(random.Next(0, 12), () => Append(spool, random.Next(1, 4))));
                    break;
                case 16:
                    room = random.Next(0, 200);
                    Repeat(3, () => Append(spool, random.Next(1, 4)));
                    room = long.MaxValue;
                    break;
                default:
                    spool.Dispose();
                    if (random.Next(2) == 0)
                        Tear(random);
                    else if (random.Next(3) > 0)
                        Flip(random);
                    spool = Open(policy);
                    break;
            }

            Collect(spool);
            Assert.Equal(held.Count, spool.Lines);
        }

        while (held.Count > 0)
        {
            Take(spool, 100, () => { });
            Collect(spool);
        }

        Assert.True(spool.IsEmpty);
        Assert.True(read > Steps / 2, "the faults left nearly nothing to read");
        spool.Dispose();
    }

    private static void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
            action();
    }

    private static LineBatch Batch(int first, int lines)
    {
        var text = new StringBuilder();
        var ends = Enumerable.Range(first, lines).Select(i => text.Append(Line(i)).Length).ToArray();
        return new LineBatch(Encoding.ASCII.GetBytes(text.ToString()), ends);
    }

    private static string Line(int value) => $"m v={value}i 1\n";

    private Spool Open(SpoolFullPolicy policy) => new(new SpoolOptions
    {
        Directory = folder.Path, MaxBytes = 3_000, SegmentBytes = 300, WhenFull = policy, OpenForAppend = path => new SmallDisk(path, () => room, used => room -= used),
    });

    private void Append(Spool spool, int lines)
    {
        try
        {
            if (!spool.Append(Batch(last + 1, lines), new MessageRange(7, (ulong)last + 1, (ulong)(last + lines))))
                return;
        }
        catch (IOException)
        {
            // Nothing of it is held.
            return;
        }

        held.UnionWith(Enumerable.Range(last + 1, lines));
        last += lines;
    }

    private void Take(Spool spool, int most, Action meanwhile)
    {
        if (!spool.TryPeek(most, out var batch, out var sending))
        {
            Collect(spool);
            Assert.Empty(held);
            return;
        }

        Collect(spool);
        var expected = held.Take(batch.Count).ToList();
        Assert.Equal(string.Concat(expected.Select(Line)), Encoding.ASCII.GetString(batch.Bytes.Span));
        meanwhile();
        if (spool.Advance(sending))
        {
            held.ExceptWith(expected);
            read += expected.Count;
            return;
        }

        // Dropped meanwhile: named as lost, though it was sent.
        Collect(spool);
        Assert.Contains(expected[0], lost);
    }

    /// <summary>Takes the names of what was lost: of what was held, and of nothing twice.</summary>
    private void Collect(Spool spool)
    {
        foreach (var range in spool.TakeLost())
        {
            Assert.Equal(7UL, range.Epoch);
            for (var i = (int)range.First; i <= (int)range.Last; i++)
            {
                Assert.True(held.Remove(i), $"{i} is named as lost, and was not held");
                lost.Add(i);
            }
        }

        spool.LossesNamed();
    }

    /// <summary>A write that was under way at the kill: a part of a record at the end of the newest segment.</summary>
    private void Tear(Random random)
    {
        if (Segments().LastOrDefault() is not { } newest)
            return;
        var record = SpoolRecord.Encode(Batch(last + 1, 2), new MessageRange(7, (ulong)last + 1, (ulong)last + 2));
        using var file = new FileStream(newest, FileMode.Append);
        file.Write(record.AsSpan(0, random.Next(1, record.Length)));
    }

    /// <summary>One bit of a record that is held: in its batch, or in its header where the one before it tells what it was.</summary>
    private void Flip(Random random)
    {
        var segments = Segments();
        if (segments.Length == 0)
            return;
        using var file = new FileStream(segments[random.Next(segments.Length)], FileMode.Open, FileAccess.ReadWrite);
        var entries = new List<SpoolEntry>();
        for (long at = 0; SpoolScan.Next(file, at, file.Length) is { } entry; at = entry.End)
            if (held.Contains((int)entry.Record.Messages.First))
                entries.Add(entry);
        if (entries.Count == 0)
            return;
        var index = random.Next(entries.Count);
        var isBehindOne = index > 0;
        var place = entries[index].At + (isBehindOne ? random.Next(0, SpoolRecord.HeaderLength + entries[index].Record.BodyLength)
            : SpoolRecord.HeaderLength + random.Next(0, entries[index].Record.BodyLength));
        file.Position = place;
        var value = file.ReadByte();
        file.Position = place;
        file.WriteByte((byte)(value ^ (1 << random.Next(8))));
    }

    private string[] Segments() => [.. Directory.GetFiles(folder.Path, "*.spool").Order(StringComparer.Ordinal)];
}
