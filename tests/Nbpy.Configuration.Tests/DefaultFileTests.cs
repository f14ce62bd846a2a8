using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Configuration.Tests;

public sealed class DefaultFileTests
{
    private static readonly Dictionary<string, string?> NoEnvironment = [];

    [Fact]
    public void The_projects_own_file_loads_whole_and_without_notes()
    {
        var config = ConfigurationLoader.Load(TestFiles.Default, NoEnvironment);
        Assert.Equal(
            [5558, 5560, 5561, 5562, 5563, 5564, 5565, 5570],
            config.EnabledPublishers.Select(p => p.Port));
        Assert.Equal(7, config.EnabledSubscribers.Count());
        Assert.Equal(["default", "high_frequency", "long_term"], config.InfluxDb.RetentionPolicies.Select(p => p.Name));
        Assert.Empty(config.Notes);
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_its_mistakes_name_the_variable()
    {
        var config = ConfigurationLoader.Load(TestFiles.Default, new Dictionary<string, string?> { ["INFLUXDB_BATCH_SIZE"] = "17", ["INFLUXDB_PASSWORD"] = "other" });
        Assert.Equal((17, "other"), (config.InfluxDb.BatchSize, config.InfluxDb.Password));
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load(TestFiles.Default, new Dictionary<string, string?> { ["INFLUXDB_BATCH_SIZE"] = "many" }));
        Assert.Contains("INFLUXDB_BATCH_SIZE", Assert.Single(error.Errors).JsonPath, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", null, false)]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("store.example.org", null, true)]
    [InlineData("store.example.org", false, false)]
    [InlineData("localhost", true, true)]
    public void Writes_are_compressed_across_a_network_and_where_the_file_says_so(string host, bool? gzip, bool compressed)
    {
        var text = File.ReadAllText(TestFiles.Default);
        if (gzip is { } set)
            text = text.Replace("\"batch_size\": 5000", $"\"batch_size\": 5000, \"gzip\": {(set ? "true" : "false")}", StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("nbpy-config-").FullName;
        try
        {
            var path = Path.Combine(folder, "integration_config.json");
            File.WriteAllText(path, text);
            var config = ConfigurationLoader.Load(path, new Dictionary<string, string?> { ["INFLUXDB_HOST"] = host });
            Assert.Equal(compressed, config.InfluxDb.CompressesWrites);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
