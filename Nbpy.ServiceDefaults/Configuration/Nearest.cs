namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary><c> (did you mean 'x'?)</c>, or the names there are.</summary>
    public static string Hint(string word, IEnumerable<string> names)
    {
        var all = names.Order(StringComparer.Ordinal).ToList();
        var best = all.OrderBy(n => Distance(word, n)).FirstOrDefault();
        return best is not null && Distance(word, best) <= Math.Max(2, word.Length / 3)
            ? $" (did you mean '{best}'?)"
            : all.Count > 0 ? $" (there are {string.Join(", ", all)})" : "";
    }

    private static int Distance(string a, string b)
    {
        if (a.Length > 64 || b.Length > 64)
            return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
