using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Regular expressions that run here and not in DuckDB.</summary>
internal static class Patterns
{
    /// <summary>Whether a measurement is the one, or one of those, that a source names.</summary>
    /// <exception cref="StatementException">The pattern is none.</exception>
    public static Func<string, bool> Of(MeasurementSource source) => source.IsRegex ? Of(source.Name).IsMatch : source.Name.Equals;

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
