using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

public sealed class StoreTests : StoreFixture
{
    [Fact]
    public async Task Points_of_one_series_and_time_merge_field_by_field_within_a_batch_and_across_flushes()
    {
        await Write("m,t=x a=1,b=1 10\nm,t=x b=2,c=3 10");
        Assert.Equal("10|x|1|2|3", await Rows("m", "t_t", "f_a", "f_b", "f_c"));
        await Write("m,t=x a=9 10\nm,t=y a=5 10\nm,t=x a=7 5");
        Assert.Equal("5|x|7||;10|x|9|2|3;10|y|5||", await Rows("m", "t_t", "f_a", "f_b", "f_c"));
    }

    [Fact]
    public async Task The_tags_of_a_refused_point_can_be_asked_for()
    {
        await Write("m a=1i 10");
        Assert.Equal("10|1", await Rows("m", "f_a"));
        await Assert.ThrowsAsync<WriteException>(() => Write("m,t=x a=2.5 20"));
        Assert.Equal("10|1|", await Rows("m", "f_a", "t_t"));
    }

    [Fact]
    public async Task Many_measurements_at_once_areStored_and_dropped()
    {
        await Write(string.Join('\n', Enumerable.Range(0, 600).Select(n => $"m{n},t=x a={n} 10")));
        Assert.Equal("10|x|599", await Rows("m599", "t_t", "f_a"));
        Reopen();
        Assert.Equal("10|x|77", await Rows("m77", "t_t", "f_a"));
        Store.DropDatabase("db");
        Store.CreateDatabase("db");
        Reopen();
        Assert.Empty(Store.Measurements("db", null));
    }

    [Fact]
    public void A_change_that_fails_half_way_leaves_nothing_and_the_next_one_goes_on()
    {
        using var file = new DuckFile(Path.Combine(Folder, "other.duckdb"), new StoreOptions { DataDirectory = Folder });
        var table = new MeasurementTable(1, "db", "autogen", "m");
        var fields = new[] { ("a", FieldType.Float) };
        Assert.ThrowsAny<Exception>(() => file.EnsureColumns([(table, [], fields), (new MeasurementTable(1, "db", "autogen", "same id"), [], fields)]));
        Assert.Null(table.Columns);
        file.EnsureColumns([(table, [], fields)]);
        Assert.Equal([[0L]], file.Rows("SELECT count(*) FROM main.m1"));
        Assert.Equal([["m"]], file.Rows("SELECT measurement FROM catalog.tables"));
    }

    [Fact]
    public async Task A_new_field_that_stands_twice_in_a_line_has_the_last_value_and_the_log_with_it_is_replayed()
    {
        await Write("m a=1,a=2 10");
        Reopen();
        Assert.Equal("10|2", await Rows("m", "f_a"));
    }

    [Fact]
    public async Task Points_still_replace_each_other_after_a_restart()
    {
        await Write("m,t=x a=1,b=1 10\nm,t=x a=2 20");
        Reopen();
        await Write("m,t=x a=3 10\nm,u=new,t=x a=4 10\nm,t=x a=5 30");
        Assert.Equal("10|x|3|1;10|x|4|;20|x|2|;30|x|5|", await Rows("m", "t_t", "f_a", "f_b"));
    }

    [Fact]
    public async Task A_type_conflict_drops_that_point_only()
    {
        await Write("m a=1i 1");
        var e = await Assert.ThrowsAsync<WriteException>(() => Write("m a=2i 2\nm a=2.5 3\nm a=4i 4"));
        Assert.Equal("partial write: field type conflict: input field \"a\" on measurement \"m\" is type float, already exists as type integer dropped=1", e.Message);
        Assert.Equal("1|1;2|2;4|4", await Rows("m", "f_a"));
    }

    [Fact]
    public async Task Names_that_differ_in_case_only_are_two()
    {
        await Write("m,Tag=1,tag=2 Field=1,field=2 1");
        var columns = new[] { MeasurementSchema.TagColumn("Tag"), MeasurementSchema.TagColumn("tag"), MeasurementSchema.FieldColumn("Field"), MeasurementSchema.FieldColumn("field") };
        Assert.Equal("1|1|2|1|2", await Rows("m", columns));
    }

    [Fact]
    public async Task Retention_drops_what_is_past_and_refuses_it()
    {
        var day = new RetentionPolicy("day", TimeSpan.Zero, TimeSpan.FromHours(1), 1, false);
        Store.PutRetentionPolicy("db", day);
        var now = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;
        await Write(string.Create(CultureInfo.InvariantCulture, $"m a=1 1\nm a=2 {now}"), "day");
        Store.PutRetentionPolicy("db", day with { Duration = TimeSpan.FromDays(1) });
        await Store.EnforceRetentionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{now}|2"), await Rows("m", "f_a"));
        var e = await Assert.ThrowsAsync<WriteException>(() => Write("m a=1 1", "day"));
        Assert.Equal("partial write: points beyond retention policy dropped=1", e.Message);
    }

    [Fact]
    public async Task The_catalog_survives_a_restart_and_a_drop_is_final()
    {
        Store.PutRetentionPolicy("db", new RetentionPolicy("p", TimeSpan.FromDays(7), TimeSpan.FromHours(6), 1, true));
        await Write("m a=1 9000000000000000000\nn b=2 9000000000000000000");
        Store.DropMeasurement("db", "n");
        Reopen();
        Assert.Equal(["autogen False", "p True"], Store.RetentionPolicies("db").Select(p => $"{p.Name} {p.IsDefault}").Order());
        Assert.Equal(["m"], Store.Measurements("db", null).Select(m => m.Schema.Name));
        Store.DropDatabase("db");
        Reopen();
        Assert.Empty(Store.Databases);
    }

    [Fact]
    public async Task Deleting_the_last_point_removes_the_measurement_and_its_types()
    {
        await Write("m a=1 1");
        var schema = Store.Measurements("db", null)[0].Schema;
        Assert.Equal(1, await Store.DeleteAsync([(schema, "time <= 1")], TestContext.Current.CancellationToken));
        Assert.Empty(Store.Measurements("db", null));
        await Write("m a=1i 1");
        Assert.Equal("1|1", await Rows("m", "f_a"));
    }

    [Fact]
    public async Task Every_type_isStored_as_written_with_gaps_anywhere_and_texts_of_any_length()
    {
        string[] texts = ["", "twelve bytes", "thirteen byte", "ää€ää€", "ää€ä€€€", new('x', 5000), "naïve 😀 text"];
        var random = new Random(1);
        var expected = new List<string>();
        var lines = new StringBuilder();
        for (var time = 1; time <= 5000; time++)
        {
            // A run of rows without a field that crosses DuckDB's vectors, and single ones.
            var has = Enumerable.Range(0, 5).Select(n => time / 700 % 5 != n && random.Next(4) > 0).ToArray();
            var tag = time % 3 == 0 ? null : $"tag{(time % 2 == 0 ? "" : " that is longer")}";
            var text = texts[random.Next(texts.Length)];
            string?[] fields = ["a=1i", has[1] ? $"f={time}.25" : null, has[2] ? $"i={time}i" : null, has[3] ? $"b={(time % 2 == 0 ? 't' : 'f')}" : null, has[4] ? $"s=\"{text}\"" : null];
            lines.Append("m").Append(tag is null ? "" : $",t={tag.Replace(" ", "\\ ", StringComparison.Ordinal)}").Append(' ')
                .AppendJoin(',', fields.Where(f => f is not null)).Append(' ').Append(time).Append('\n');
            expected.Add(string.Join('|', time, tag, 1, has[1] ? $"{time}.25" : "", has[2] ? time : "", has[3] ? time % 2 == 0 : "", has[4] ? text : ""));
        }

        await Write(lines.ToString());
        Assert.Equal(expected, (await Rows("m", "t_t", "f_a", "f_f", "f_i", "f_b", "f_s")).Split(';'));
        // Once more, which takes the way of points that may replace others.
        await Write(lines.ToString());
        Assert.Equal(expected, (await Rows("m", "t_t", "f_a", "f_f", "f_i", "f_b", "f_s")).Split(';'));
    }

    [Fact]
    public async Task A_bad_line_far_down_a_long_request_is_named_and_the_others_areStored()
    {
        var lines = Enumerable.Range(1, 20_000).Select(n => n % 9_000 == 0 ? $"m a= {n}" : $"m,t=x a={n} {n}").ToArray();
        var e = await Assert.ThrowsAsync<WriteException>(() => Write(string.Join('\n', lines)));
        Assert.Equal("partial write: unable to parse 'm a= 9000': missing field value\nunable to parse 'm a= 18000': missing field value dropped=0", e.Message);
        var rows = (await Rows("m", "t_t", "f_a")).Split(';');
        Assert.Equal(lines.Index().Where(l => (l.Index + 1) % 9_000 != 0).Select(l => $"{l.Index + 1}|x|{l.Index + 1}"), rows);
    }

    [Fact]
    public async Task Requests_at_the_same_time_are_allStored()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var batch = writer; batch < 200; batch += 8)
                await Write(string.Join('\n', Enumerable.Range(batch * 100, 100).Select(n => $"m,t=t{n % 3} a={n} {n}")));
        })));
        Assert.Equal(Enumerable.Range(0, 20_000).Select(n => $"{n}|t{n % 3}|{n}"), (await Rows("m", "t_t", "f_a")).Split(';'));
    }

    [Fact]
    public void A_secondStore_on_theFolder_is_refused()
        => Assert.Contains("in use by another instance", Assert.Throws<StoreUnavailableException>(Open).Message, StringComparison.Ordinal);

    private Task<string> Rows(string measurement, params string[] columns)
    {
        var schema = Store.Measurements("db", null).Single(m => m.Schema.Name == measurement).Schema;
        return Store.ReadAsync(async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT time, {string.Join(", ", columns)} FROM {schema.Table} ORDER BY ALL";
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<string>();
            while (await reader.ReadAsync())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount)
                    .Select(i => reader.IsDBNull(i) ? "" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            }

            return string.Join(';', rows);
        }, TestContext.Current.CancellationToken);
    }
}
