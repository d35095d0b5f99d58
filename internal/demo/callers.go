package demo

// Person is somebody who calls from outside.
type Person struct{ Name, Number string }

// Callers is how many different ones there are.
var Callers = len(callers)

// Caller gives the n-th caller, 0 ≤ n < Callers.
func Caller(n int) Person { return callers[n] }

// Nobody has these numbers: 555-0100 to 555-0199 of North America's area codes,
// and what Ofcom (UK) and the ACMA (Australia) keep free for films and books.
var callers = []Person{
	{"Maria Lopez", "12125550114"}, {"James Carter", "13125550187"}, {"Priya Nair", "442079460221"}, {"Tom Becker", "16175550133"},
	{"Hannah Lindqvist", "441614960342"}, {"Omar Haddad", "447700900118"}, {"Grace Kim", "14155550162"}, {"Lucas Moreau", "442079460875"},
	{"Aisha Bello", "441174960510"}, {"Noah Fischer", "12065550149"}, {"Chloe Dubois", "61255501842"}, {"Ethan Wright", "13035550171"},
	{"Sofia Rossi", "447700900634"}, {"Daniel Osei", "442079460409"}, {"Mia Jensen", "15035550126"}, {"Kenji Sato", "61355507315"},
	{"Olivia Brown", "441414960268"}, {"Ravi Menon", "14045550195"}, {"Elena Popova", "447700900977"}, {"Samuel Green", "12155550108"},
	{"Ines Costa", "442079460053"}, {"Peter Novak", "17025550157"}, {"Zoe Walker", "61755504406"}, {"Ali Demir", "441134960731"},
	{"Ruth Cohen", "13055550119"}, {"Marcus Hill", "16025550144"}, {"Yuki Tanaka", "447700900286"}, {"Laura Schmidt", "441914960155"},
	{"Victor Alvarez", "12135550190"}, {"Nadia Petrov", "442079460667"}, {"George Evans", "442920180432"}, {"Emma Larsen", "12025550136"},
	{"Hugo Lambert", "61855502291"}, {"Fatima Khan", "441214960824"}, {"Joseph Ndlovu", "15125550173"}, {"Clara Weiss", "19175550102"},
	{"Rosa Adler", "441184960396"}, {"Isabel Torres", "17735550165"}, {"Liam Murphy", "442896496517"}, {"Wei Zhang", "16465550128"},
	{"Anna Kowalski", "447700900743"}, {"Paul Martin", "18015550181"}, {"Sara Nilsson", "61255508873"}, {"Dmitri Volkov", "441164960609"},
	{"Julia Santos", "14085550112"}, {"Henry Ellis", "442079460318"}, {"Amina Diallo", "12675550199"}, {"Felix Bauer", "447700900505"},
}

// fictional says that a number is one of theirs.
var fictional = func() map[string]bool {
	out := make(map[string]bool, len(callers))
	for _, p := range callers {
		out[p.Number] = true
	}
	return out
}()
