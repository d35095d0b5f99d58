package agentstate

// What the tests of the package's outside look at.
var NewDayReports = newDayReports

// Of reads the figures.
var Of = (*dayReports).of
