using System.Security.Cryptography;

namespace Nbpy.Fuzz.Tests;

/// <summary>The folders of inputs.</summary>
internal static class Corpus
{
    /// <summary>A target's folder beside the sources, where they are above this program; else the copy beside it.</summary>
    public static string FolderOf(string target)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Nbpy.Fuzz.Tests.csproj")))
                return Path.Combine(folder.FullName, "corpus", target);
        }

        return Path.Combine(AppContext.BaseDirectory, "corpus", target);
    }

    /// <summary>Everything in a folder, in an order of its own.</summary>
    public static IEnumerable<byte[]> Inputs(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];

    /// <summary>Keeps an input that failed. Its file's path.</summary>
    public static string Keep(string folder, byte[] input)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "found-" + Convert.ToHexStringLower(SHA256.HashData(input))[..12]);
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <summary>Lines of the recordings that come with the project, evenly spread, none longer than 16 KiB.</summary>
    /// <param name="most">How many of each file.</param>
    /// <param name="files">Below the folder of the recordings.</param>
    public static IEnumerable<byte[]> Recorded(int most, params string[] files)
    {
        foreach (var file in files)
        {
            var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Replay", "feeds", file)).Where(l => l.Length is > 0 and <= 16_384).ToList();
            Assert.NotEmpty(lines);
            var step = Math.Max(1, lines.Count / most);
            for (var i = 0; i < lines.Count && i / step < most; i += step)
                yield return System.Text.Encoding.UTF8.GetBytes(lines[i]);
        }
    }
}
