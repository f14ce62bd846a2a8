using System.Text;

namespace Nbpy.Hosting.Publishing;

/// <summary>The <c>.env</c> beside a Compose file.</summary>
internal static class EnvironmentFile
{
    /// <summary>Adds names that are not there yet, without a value; what is there stays.</summary>
    public static async Task AddMissingAsync(string path, IReadOnlyDictionary<string, string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
            return;
        var text = new StringBuilder(File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false) : "");
        if (text.Length > 0 && text[^1] != '\n')
            text.Append('\n');
        var present = text.ToString().Split('\n').Select(l => l.Split('=')[0].Trim()).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, description) in names.Where(n => !present.Contains(n.Key)))
            text.Append("# ").Append(description).Append('\n').Append(name).Append("=\n\n");
        await File.WriteAllTextAsync(path, text.ToString(), cancellationToken).ConfigureAwait(false);
    }
}
