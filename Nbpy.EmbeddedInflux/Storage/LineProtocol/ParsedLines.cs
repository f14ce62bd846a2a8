namespace Nbpy.EmbeddedInflux.Storage.LineProtocol;

/// <summary>One line of a request: where it stands in the body and what it says.</summary>
internal struct ParsedLine
{
    public int Start;
    public int Length;
    public int KeyLength;
    public int FirstField;
    public int FieldCount;
    public bool HasTime;
    public long Time;

    /// <summary>What influxd says is wrong with the line, or null.</summary>
    public string? Error;
}

/// <summary>A request's next lines, parsed without the store's lock so that several connections' lines are parsed at once. Bounded: at
/// <see cref="MostLines"/>, and with the line that has the field number <see cref="MostFields"/>, it stops. Reused from request to request.</summary>
internal sealed class ParsedLines
{
    private const int MostLines = 8192;
    private const int MostFields = 65_536;
    private readonly ParsedPoint _point = new();
    private ParsedLine[] _lines = new ParsedLine[16];
    private ParsedField[] _fields = new ParsedField[64];
    private int _lineCount;
    private int _fieldCount;
    private int _position;

    public ReadOnlySpan<ParsedLine> Lines => _lines.AsSpan(0, _lineCount);

    public ReadOnlySpan<ParsedField> Fields(in ParsedLine line) => _fields.AsSpan(line.FirstField, line.FieldCount);

    /// <summary>Forgets what is held and parses on from where the last call ended.</summary>
    /// <param name="body">The request's body, the same at each call.</param>
    /// <param name="unit">Nanoseconds per unit of the written times.</param>
    /// <returns>Whether there were lines.</returns>
    public bool Next(ReadOnlySpan<byte> body, long unit)
    {
        Forget();
        var rest = body[_position..];
        while (!rest.IsEmpty && _lineCount < MostLines && _fieldCount < MostFields)
        {
            var whole = LineParser.NextLine(ref rest);
            var line = LineParser.TrimStart(whole);
            if (!line.IsEmpty)
                Add(line, _position + whole.Length - line.Length, unit);
            _position = body.Length - rest.Length;
        }

        return _lineCount > 0;
    }

    /// <summary>Makes it ready for another request.</summary>
    public void Reset()
    {
        Forget();
        _position = 0;
    }

    private void Add(ReadOnlySpan<byte> line, int start, long unit)
    {
        if (_lineCount == _lines.Length)
            Array.Resize(ref _lines, _lineCount * 2);
        var error = LineParser.Parse(line, unit, _point);
        var fields = error is null ? _point.Fields : [];
        if (_fieldCount + fields.Length > _fields.Length)
            Array.Resize(ref _fields, Math.Max(_fieldCount + fields.Length, _fields.Length * 2));
        fields.CopyTo(_fields.AsSpan(_fieldCount));
        _lines[_lineCount++] = new ParsedLine
        {
            Start = start,
            Length = line.Length,
            KeyLength = error is null ? _point.KeyLength : 0,
            FirstField = _fieldCount,
            FieldCount = fields.Length,
            HasTime = _point.HasTime,
            Time = _point.Time,
            Error = error,
        };
        _fieldCount += fields.Length;
    }

    private void Forget()
    {
        _lineCount = 0;
        Array.Clear(_fields, 0, _fieldCount);
        _fieldCount = 0;
    }
}
