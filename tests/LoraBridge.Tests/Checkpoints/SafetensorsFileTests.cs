using System.Text;
using LoraBridge.Checkpoints;
using static LoraBridge.Tests.Checkpoints.SafetensorsBytes;

namespace LoraBridge.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ValidFile_TellsNamesTypesShapesAndMetadata()
    {
        var json = $$"""{"__metadata__":{"b":"2","a":"ü"},{{Tensor("x", "F32", "2,3", 0, 24)}},{{Tensor("y", "I64", "", 24, 32)}}}""";

        using var file = SafetensorsFile.Open(_folder.Write("a.safetensors", File(json, 32)));

        Assert.Equal(["x", "y"], file.Tensors.Keys);
        Assert.Equal(TensorType.F32, file.Entry("x").Type);
        Assert.Equal([2, 3], file.Entry("x").Shape);
        Assert.Equal((24, 32), (file.Entry("y").Begin, file.Entry("y").End));
        Assert.Empty(file.Entry("y").Shape);
        Assert.Equal(1, file.Entry("y").ElementCount);
        Assert.Equal("x F32 [2, 3]", file.Entry("x").ToString());
        Assert.Equal(["b", "a"], file.Metadata.Keys);
        Assert.Equal("ü", file.Metadata["a"]);
        Assert.Equal(8 + Encoding.UTF8.GetByteCount(json), file.DataStart);
        Assert.Equal(32, file.DataLength);
    }

    [Fact]
    public void Tensors_HeaderInAnotherOrderThanTheData_AreInTheDatasOrder()
    {
        var json = $$"""{{{Tensor("second", "U8", "3", 2, 5)}},{{Tensor("first", "U8", "2", 0, 2)}}}""";
        using var file = SafetensorsFile.Open(_folder.Write("a", File(json, 5)));

        Assert.Equal(["first", "second"], file.Tensors.Keys);
    }

    [Theory]
    [InlineData("""{}""", 0)]
    [InlineData("""{}   """, 0)]
    [InlineData("""{"__metadata__":{}}""", 0)]
    [InlineData("""{"a":{"dtype":"F16","shape":[0],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"a":{"dtype":"F16","shape":[5,0,7],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F16","shape":[0],"data_offsets":[1,1]}}""", 1)]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}""", 3)]
    [InlineData("""{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"F32","shape":[],"data_offsets":[1,5]}}""", 5)]
    [InlineData("""{"a":{"data_offsets":[0,1],"unknown":{"deep":[[[1]]]},"shape":[1],"dtype":"I8"}}""", 1)]
    [InlineData("""{ "a" : { "dtype" : "U8" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 1 ] } }""", 1)]
    [InlineData("""{"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    public void Open_WithinTheRules_IsAccepted(string json, int dataLength)
    {
        using var file = SafetensorsFile.Open(_folder.Write("a", File(json, dataLength)));
        Assert.Equal(dataLength, file.DataLength);
    }

    [Theory]
    // not the JSON it should be
    [InlineData("""[]""", 0, "begin with '{'")]
    [InlineData(""" {}""", 0, "begin with '{'")]
    [InlineData("", 0, "begin with '{'")]
    [InlineData("""{""", 0, "not valid JSON")]
    [InlineData("""{}{}""", 0, "not valid JSON")]
    [InlineData("""{} x""", 0, "not valid JSON")]
    [InlineData("""{"a":1,}""", 0, "not described by an object")]
    [InlineData("""{"a":{}}""", 0, "lacks its dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[]}}""", 1, "lacks its dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "lacks its dtype, shape or data_offsets")]
    [InlineData("""{"a":{"shape":[],"data_offsets":[0,1]}}""", 1, "lacks its dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},}""", 1, "not valid JSON")]
    [InlineData("""{/**/}""", 0, "not valid JSON")]
    [InlineData("""{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", 1, "dtype that is not text")]
    [InlineData("""{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "shape that is not a list")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":{"0":1}}}""", 1, "data_offsets that is not a list")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}""", 1, "something else than whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "1 data_offsets instead of two")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "3 data_offsets instead of two")]
    // said twice
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' stands twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' stands twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "dtype twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", 1, "shape twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}""", 1, "data_offsets twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "'__metadata__' stands twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "'k' stands twice")]
    // metadata
    [InlineData("""{"__metadata__":[]}""", 0, "not an object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "'k' is not text but Number")]
    [InlineData("""{"__metadata__":{"k":null}}""", 0, "'k' is not text but Null")]
    [InlineData("""{"__metadata__":{"k":{"deep":"er"}}}""", 0, "'k' is not text but StartObject")]
    // types and sizes
    [InlineData("""{"a":{"dtype":"F12","shape":[1],"data_offsets":[0,1]}}""", 1, "unknown dtype 'F12'")]
    [InlineData("""{"a":{"dtype":"f16","shape":[1],"data_offsets":[0,2]}}""", 2, "unknown dtype 'f16'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}""", 1, "ends at 0, before it begins at 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}}""", 7, "needs 8 bytes and has 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}""", 9, "needs 8 bytes and has 9")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]}}""", 0, "needs 4 bytes and has 0")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "no whole number of bytes")]
    [InlineData("""{"a":{"dtype":"F6_E3M2","shape":[2],"data_offsets":[0,2]}}""", 2, "no whole number of bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "no whole number of bytes below 2^63")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "no whole number of bytes below 2^63")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "no whole number of bytes below 2^63")]
    // order
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "1 bytes before 'a' belong to no tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", 4, "2 bytes before 'b' belong to no tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "'b' begins at 1, inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "begins at 0, inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""", 2, "begins at 1, inside the tensor before it")]
    // length of the file
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", 2, "3 of them are missing")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", 6, "1 bytes follow the last tensor")]
    [InlineData("""{}""", 1, "1 bytes follow the last tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 2, "bytes below 2^63")]
    public void Open_AgainstARule_SaysWhich(string json, int dataLength, string reason)
    {
        var path = _folder.Write("bad.safetensors", File(json, dataLength));

        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));

        Assert.Equal(path, error.Path);
        Assert.Contains(reason, error.Reason);
        Assert.Contains(path, error.Message);
    }

    [Theory]
    [InlineData(0, "this one has 0")]
    [InlineData(7, "this one has 7")]
    public void Open_ShorterThanALength_SaysSo(int length, string reason)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(_folder.Write("a", new byte[length])));
        Assert.Contains(reason, error.Reason);
    }

    [Theory]
    [InlineData(100_000_001ul, "allowed")]
    [InlineData(ulong.MaxValue, "allowed")]
    [InlineData(ulong.MaxValue - 7, "allowed")]
    [InlineData(1ul << 63, "allowed")]
    [InlineData(100_000_000ul, "99,999,998 of them are missing")]
    [InlineData(3ul, "1 of them are missing")]
    public void Open_HeaderLongerThanAllowedOrThere_SaysSo(ulong headerLength, string reason)
    {
        var path = _folder.Write("a", WithLength(headerLength, "{}"u8.ToArray()));
        Assert.Contains(reason, Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Reason);
    }

    [Fact]
    public void Open_DownloadCutShort_SaysHowMuchIsMissingAndWhatToDo()
    {
        var whole = File($$"""{{{Tensor("a", "F32", "1000", 0, 4000)}}}""", 4000);
        var path = _folder.Write("a", whole[..^1500]);

        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));

        Assert.Contains("1,500 of them are missing", error.Reason);
        Assert.Contains("incomplete", error.Cure);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, "not valid UTF-8")]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xc0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, "not valid UTF-8")]
    [InlineData(new byte[] { 0xef, 0xbb, 0xbf, (byte)'{', (byte)'}' }, "begin with '{'")]
    public void Open_BytesThatAreNotText_SaysSo(byte[] json, string reason)
    {
        var path = _folder.Write("a", File(json, []));
        Assert.Contains(reason, Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Reason);
    }

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""")]
    [InlineData("""{"__metadata__":{"k":"\udc00"}}""")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[1],"data_offsets":[0,1]}}""")]
    public void Open_HalfASurrogatePair_IsRefused(string json)
    {
        var path = _folder.Write("a", File(json, 1));
        Assert.Contains("JSON", Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Reason);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void Open_NestedAMillionDeep_IsRefusedWithoutEndingTheProcess(string open)
    {
        var deep = new StringBuilder("{\"a\":{\"extra\":").Insert(14, open, 1_000_000).Append("}}").ToString();
        var path = _folder.Write("a", File(deep, 0));
        Assert.Contains("not valid JSON", Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Reason);
    }

    [Fact]
    public void Open_HugeNames_AreCutInTheMessage()
    {
        var path = _folder.Write("a", File("{\"" + new string('x', 1_000_000) + "\":{}}", 0));
        Assert.True(Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Message.Length < 1000);
    }

    [Fact]
    public void Open_SparseFileOfAHundredGigabytes_ReadsTheHeaderOnly()
    {
        const long Length = 100L << 30;
        var path = _folder.Write("a", File($$"""{{{Tensor("a", "U8", $"{Length}", 0, Length)}}}""", 0));
        using (var stream = System.IO.File.OpenWrite(path)) stream.SetLength(stream.Length + Length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var file = SafetensorsFile.Open(path);

        Assert.Equal(Length, file.DataLength);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Open_NoSuchFile_NamesIt()
    {
        var path = _folder.File("missing.safetensors");
        Assert.Equal(path, Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(path)).FileName);
        Assert.Throws<FileNotFoundException>(() => CheckpointFile.Open(path));
    }

    [Fact]
    public void Open_Folder_SaysThatItIsOne() =>
        Assert.Contains("folder", Assert.Throws<FileNotFoundException>(() => CheckpointFile.Open(Path.GetTempPath())).Message);

    [Fact]
    public void Open_Refused_LetsGoOfTheFile()
    {
        var path = _folder.Write("a", File("{", 0));
        Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        using var writer = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public void Entry_NoSuchTensor_NamesFileAndKey()
    {
        using var file = SafetensorsFile.Open(_folder.Write("a.safetensors", File("{}", 0)));
        var error = Assert.Throws<KeyNotFoundException>(() => file.Entry("weight"));
        Assert.Contains("weight", error.Message);
        Assert.Contains("a.safetensors", error.Message);
    }

    [Fact]
    public void ReadData_OutsideTheBuffer_IsRefused()
    {
        using var file = SafetensorsFile.Open(_folder.Write("a", File($$"""{{{Tensor("a", "U8", "4", 0, 4)}}}""", 4)));
        file.ReadData(1, new byte[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadData(2, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadData(-1, new byte[1]));
    }

    [Fact]
    public void ReadData_FileCutAfterOpening_IsAnExceptionAndNotTheEndOfTheProcess()
    {
        var path = _folder.Write("a", File($$"""{{{Tensor("a", "U8", "100000", 0, 100000)}}}""", 100000));
        using var file = SafetensorsFile.Open(path);
        // as a program that knows nothing of our lock would
        using (var other = System.Diagnostics.Process.Start("truncate", ["-s", "1000", path])) other.WaitForExit();

        Assert.Contains("was cut", Assert.Throws<CheckpointFormatException>(() => file.ReadData(0, new byte[100000])).Reason);
    }
}
