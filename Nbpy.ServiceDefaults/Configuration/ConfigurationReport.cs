namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Prints what is wrong with a configuration.</summary>
public static class ConfigurationReport
{
    /// <summary>One line an error, by line: <c>FILE:LINE  PATH  what is wrong and the mend</c>.</summary>
    public static void Write(ConfigurationException e, TextWriter output)
    {
        var name = System.IO.Path.GetFileName(e.Path);
        foreach (var error in e.Errors.OrderBy(x => x.Line))
            output.WriteLine(error.Line > 0 ? $"{name}:{error.Line}  {error.JsonPath}  {error.Message}" : $"{name}  {error.JsonPath}  {error.Message}");
        output.WriteLine($"{e.Errors.Count} error(s) in {e.Path}; nothing was started.");
    }
}
