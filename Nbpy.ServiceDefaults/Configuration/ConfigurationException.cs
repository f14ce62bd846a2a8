namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>One thing wrong in the configuration: where, what, and the mend.</summary>
/// <param name="JsonPath">For example <c>$.publishers[2].port</c>.</param>
/// <param name="Line">1-based line in the file; 0 where it has none (an environment variable).</param>
/// <param name="Message">What is wrong and how to mend it.</param>
public sealed record ConfigurationError(string JsonPath, int Line, string Message);

/// <summary>Thrown once with every problem of a file.</summary>
public sealed class ConfigurationException(string path, IReadOnlyList<ConfigurationError> errors)
    : Exception($"{path}: {errors.Count} error(s) in the configuration")
{
    public string Path { get; } = path;

    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
