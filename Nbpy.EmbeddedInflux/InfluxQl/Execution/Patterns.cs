using System.Text.RegularExpressions;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Regular expressions that run here and not in DuckDB.</summary>
internal static class Patterns
{
    /// <exception cref="StatementException">The pattern is none.</exception>
    public static Regex Of(string pattern)
    {
        try
        {
            // Linear in time, as Go's expressions are.
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new StatementException("error parsing regexp: " + e.Message);
        }
    }
}
