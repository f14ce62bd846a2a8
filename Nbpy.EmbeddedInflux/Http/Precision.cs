namespace Nbpy.EmbeddedInflux.Http;

/// <summary>The units of <c>precision</c> and <c>epoch</c>.</summary>
internal static class Precision
{
    /// <summary>Nanoseconds per unit; what is not a unit counts as ns, as influxd has it.</summary>
    public static long Unit(string? name) => name switch
    {
        "u" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 1,
    };
}
