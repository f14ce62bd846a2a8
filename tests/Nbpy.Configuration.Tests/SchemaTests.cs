using NJsonSchema;

namespace Nbpy.Configuration.Tests;

public sealed class SchemaTests
{
    [Fact]
    public async Task The_projects_own_file_is_what_the_schema_says()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Nbpy.sln")))
            folder = folder.Parent;
        var schema = await JsonSchema.FromFileAsync(Path.Combine(folder.FullName, "integration_config.schema.json"), TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "integration_config.json"), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(text));
        Assert.NotEmpty(schema.Validate(text.Replace("\"topic\"", "\"topik\"", StringComparison.Ordinal)));
    }
}
